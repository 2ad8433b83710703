"""NeuralNetClassifier, NeuralNetRegressor: a module of the caller's own."""
