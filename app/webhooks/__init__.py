"""Webhooks: outbox of events and their delivery, at least once."""
