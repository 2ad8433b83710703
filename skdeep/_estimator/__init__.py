"""scikit-learn's contract, for every estimator: parameters, state, methods that are there or not."""
