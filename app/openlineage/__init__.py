"""OpenLineage events about runs: recorded in an outbox, sent to a receiver or a file by the leading worker."""
