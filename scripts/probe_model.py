"""neural-trainer probe: a few steps of a model on a copy of it, measured layer by layer."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
