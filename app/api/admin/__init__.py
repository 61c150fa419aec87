"""Status, audit log, health and documentation over HTTP."""
