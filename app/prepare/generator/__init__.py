"""Synthetic sales: a simulated shop whose daily files behave like real ones."""
