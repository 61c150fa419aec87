"""Segment table: the file that maps medians to business names, and its parser."""
