"""Exports of customers as files: streamed by the API, or written to a store by a job."""
