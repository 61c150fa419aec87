"""What is measured about the data."""
