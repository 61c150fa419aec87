"""The use cases: each reads like the list of its steps."""
