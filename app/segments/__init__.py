"""Clusters of customers, their business names, and what is published of them."""
