"""The demonstration: a bureau, a medical community and a tertiary hospital, made by the product's own services."""
