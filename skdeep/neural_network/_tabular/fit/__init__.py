"""One fit to a table: rows, folds, configurations of networks, training, shares."""
