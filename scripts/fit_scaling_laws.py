"""neural-trainer scaling: laws of size and data, with intervals, and a plan for a budget."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
