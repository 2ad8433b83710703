"""Networks for tables: described, packed, and folded for prediction."""
