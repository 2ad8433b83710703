"""The contract of every estimator that trains networks, whatever it reads."""
