"""X and y as users have them -> tensors, and answers back to labels."""
