"""The fault gym: programs that plant one known fault each, and healthy ones that look ill."""
