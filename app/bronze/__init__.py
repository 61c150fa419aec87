"""Rows as received."""
