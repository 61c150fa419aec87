"""Runs of jobs: schedule, queue, and the lease that makes one process the leader."""
