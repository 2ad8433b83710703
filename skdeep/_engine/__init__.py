"""Training of networks on torch alone: blocks, packs of networks, the loop that trains them."""
