"""neural-trainer check-model: the contract of a model, test by test."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
