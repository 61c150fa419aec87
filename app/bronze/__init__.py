"""Bronze layer: rows as received."""
