"""Members in, trained members out: packs, batches, solvers, losses, stopping."""
