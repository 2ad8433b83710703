"""Second layers that weigh bases: convex weights, greedy selection."""
