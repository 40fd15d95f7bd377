"""How runs stand while they go: what is followed, what is told of each, the picture of it."""
