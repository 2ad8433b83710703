"""ImageClassifier, ImageRegressor."""
