"""Preparation of daily sales files: split a historical export, generate synthetic sales, upload to a bucket."""
