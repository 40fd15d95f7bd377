"""neural-trainer demo: from a failing run to a proven fix, on this machine."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
