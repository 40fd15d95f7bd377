"""neural-trainer lint: training bugs visible in source."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
