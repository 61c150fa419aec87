"""Segmentation model: arrays in, arrays out; no database, no storage."""
