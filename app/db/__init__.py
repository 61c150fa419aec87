"""Engine, embedded server, schema metadata and the loader of named SQL."""
