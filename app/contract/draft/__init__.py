"""Draft of a contract from texts in sales files. Pure functions: texts in, declarations out."""
