"""Data quality: profiles of files, counts by date, and results of expectations."""
