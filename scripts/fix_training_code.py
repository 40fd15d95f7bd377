"""neural-trainer fix: lint's certain fixes, as a diff or applied."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
