"""Engines: processes that read and validate files in place of the one that stores their rows."""
