"""Training bugs that are visible in source: an engine that reads Python, and a rule a file."""
