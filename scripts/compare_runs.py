"""neural-trainer compare: did the change help? before against after."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
