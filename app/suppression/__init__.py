"""Suppression list: re-delivered rows of erased customers are loaded without the customer id."""
