"""Segments, clusters, models, changes and transitions over HTTP."""
