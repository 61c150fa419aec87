"""Sources of sales files: protocol, S3 bucket, local folder."""
