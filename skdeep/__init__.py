"""Neural networks and stacking that behave like scikit-learn."""

__version__ = "0.1.0"
