"""Custom segments: named conditions over customers, with versions and a table of memberships."""
