"""The data contract: reading of sales files, expectations of rows, and rows that count."""
