"""Images: read, gathered, augmented; networks that read them."""
