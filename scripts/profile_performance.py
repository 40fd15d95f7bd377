"""neural-trainer profile: where the time and memory of a step go, and what makes it faster."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
