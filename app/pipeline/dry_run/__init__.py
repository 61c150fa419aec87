"""Dry run of a load: files are loaded under a contract into a temporary database, and reported on."""
