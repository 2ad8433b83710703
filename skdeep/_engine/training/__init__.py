"""Members in, trained members out: description, packs, batches, solvers, losses, stopping."""
