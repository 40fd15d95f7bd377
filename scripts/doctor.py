"""neural-trainer doctor: is this environment fit for training?."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
