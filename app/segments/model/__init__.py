"""The model: numbers in, numbers out."""
