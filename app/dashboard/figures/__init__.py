"""Figures: plotly figures from answers of the API."""
