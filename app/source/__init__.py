"""Where sales come from: a bucket or a folder behind one protocol."""
