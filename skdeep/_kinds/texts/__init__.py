"""Texts: strings to bags and tokens, and vectors of them."""
