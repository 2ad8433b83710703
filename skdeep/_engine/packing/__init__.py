"""Many modules of one architecture as one tensor program."""
