"""Rows that meet the data contract, and the quarantine for those that do not."""
