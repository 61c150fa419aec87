"""Dashboard: pages for people, rendered from the API's own operations."""
