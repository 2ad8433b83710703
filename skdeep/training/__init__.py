"""Training of networks: members, packs, the loop, losses, solvers, schedules, stopping."""
