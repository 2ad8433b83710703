"""Stackers: a plan first, then the fit."""
