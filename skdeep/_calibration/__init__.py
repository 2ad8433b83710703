"""What is fitted to held-out predictions: temperature, intervals, local scale, weights on the simplex. numpy and scipy alone."""
