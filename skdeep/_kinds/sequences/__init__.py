"""Sequences: read, held without padding, gathered, augmented; networks that read them."""
