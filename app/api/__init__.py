"""REST API: HTTP only; the use cases are in other packages."""
