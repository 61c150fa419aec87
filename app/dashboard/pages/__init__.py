"""Pages: each reads its query string, calls operations of the API, and names a template."""
