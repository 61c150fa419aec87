"""Data quality, quarantine and the ledger of files over HTTP."""
