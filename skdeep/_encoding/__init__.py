"""y, weights and rows as users have them, whatever kind of input: targets and back, keys of equal rows, held-out rows."""
