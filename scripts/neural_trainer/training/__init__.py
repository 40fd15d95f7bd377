"""The reference trainer: a YAML config in, a run folder out."""
