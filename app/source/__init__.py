"""Sources of sales: a bucket or a folder behind one protocol."""
