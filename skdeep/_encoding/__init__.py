"""y, weights and rows as users have them, whatever the kind of input."""
