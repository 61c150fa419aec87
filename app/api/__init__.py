"""The REST API: HTTP, and nothing but HTTP."""
