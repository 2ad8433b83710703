"""scikit-learn's contract for every estimator that trains networks, whatever it reads."""
