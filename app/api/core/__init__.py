"""Shared parts of all resources: problems, pagination, freshness, OpenAPI, dependencies."""
