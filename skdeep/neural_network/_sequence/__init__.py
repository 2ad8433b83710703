"""SequenceClassifier, SequenceRegressor."""
