"""Draft of a contract: samples of sales files, and what they say about their format."""
