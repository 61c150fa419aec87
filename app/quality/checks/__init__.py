"""Quality checks: declarations, results of every run, and alerts about changes of their outcome."""
