"""What stands before the bucket: splitting an export, generating sales, uploading them."""
