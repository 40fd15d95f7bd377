"""neural-trainer validate: a model on held-out data, every number with its interval."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
