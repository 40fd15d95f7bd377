"""neural-trainer sweep: a search over settings, each trial a run under watch."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
