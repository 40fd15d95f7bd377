"""A case handed to a specialist agent without a terminal: what goes in, what may be done, what
comes out."""
