"""Erasure: a customer goes from every table, his sales stay without him, and he does not come back."""
