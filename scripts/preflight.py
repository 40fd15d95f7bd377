"""neural-trainer preflight: what a careful person checks before a long run."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
