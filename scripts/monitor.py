"""neural-trainer monitor: how runs stand now, in the terminal."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
