"""Metrics and traces of every process, without global state."""
