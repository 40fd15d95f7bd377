"""neural-trainer plan: how many seeds, which runs in which order, and what was promised."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
