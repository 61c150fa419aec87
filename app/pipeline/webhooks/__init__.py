"""Webhooks: what changed is told to whoever asked to be told, at least once."""
