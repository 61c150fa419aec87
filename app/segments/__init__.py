"""Published segments: registry, assignment, publication, changes, transitions."""
