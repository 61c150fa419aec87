"""Silver layer: rows that meet the data contract, and the quarantine of all other rows."""
