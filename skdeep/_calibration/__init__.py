"""What is fitted to held-out predictions: temperature, intervals, weights on the simplex."""
