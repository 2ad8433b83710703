"""MLPClassifier, MLPRegressor."""
