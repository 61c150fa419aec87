"""Use cases on data: ingest, replay, retrain, retention."""
