"""Alerts about quality checks, sent by Apprise to mail, chat and on-call services."""
