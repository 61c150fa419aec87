"""Draft of a contract from samples of sales files."""
