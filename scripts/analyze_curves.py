"""neural-trainer curves: what the curves show, signal by signal."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
