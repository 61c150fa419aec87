"""Every customer of a run as one file: streamed by the API, or written to a store by a job."""
