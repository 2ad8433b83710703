"""TabularClassifier, TabularRegressor: the estimators."""
