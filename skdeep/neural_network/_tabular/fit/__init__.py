"""What one fit to a table goes through: rows, folds, recipes, training, shares."""
