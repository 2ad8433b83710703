"""Kinds of input: how each is read, held, gathered and augmented, and the networks that read it."""
