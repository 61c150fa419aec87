"""Trends over time over HTTP."""
