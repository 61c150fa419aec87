"""Frame of the pages: sign-in, requests, rendering, assets, error pages."""
