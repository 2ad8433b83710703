"""TabularClassifier, TabularRegressor."""
