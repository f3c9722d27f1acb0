"""Shapes of the API of catchments, one file per noun."""
