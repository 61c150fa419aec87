"""Regulars: customer segmentation for retailers."""
