"""Torch networks; they know nothing of scikit-learn."""
