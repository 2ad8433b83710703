"""scikit-learn's contract, for every estimator: parameters, state, what is there and what not."""
