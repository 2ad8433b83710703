"""Tables: frames and arrays to one matrix."""
