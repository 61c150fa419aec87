"""Trends over time, and cohorts of customers, over HTTP."""
