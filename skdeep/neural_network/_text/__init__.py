"""TextClassifier, TextRegressor."""
