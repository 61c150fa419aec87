"""Scratch location for rows that one process writes and another one reads: a folder or a bucket."""
