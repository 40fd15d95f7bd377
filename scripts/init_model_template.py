"""neural-trainer scaffold: model, trainer, config and tests from templates."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
