"""Reports of models: outcomes of customers after a past day, and the stored reports."""
