"""Draft of a contract: what texts in sales files say about their format. Pure: texts in, declarations out."""
