"""Many modules of one architecture as one tensor program: how their parameters lie, whether they can be batched, and by what."""
