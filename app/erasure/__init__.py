"""Erasure of a customer: erase, purge, certificate."""
