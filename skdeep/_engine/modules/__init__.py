"""Blocks that networks of several kinds are built of."""
