"""ASGI middleware: authentication, rate limits, audit log, headers."""
