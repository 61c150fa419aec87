"""Customer lifetime value: expected purchases (BG/NBD) and expected spend per order (gamma-gamma)."""
