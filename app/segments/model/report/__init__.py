"""Report of a model: separation and stability of its clusters, and what its groups say about later purchases."""
