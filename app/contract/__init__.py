"""The data contract: how sales files are read, which rows meet expectations, and what counts."""
