"""neural-trainer explain: what a fault or a symptom is, from its own file."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
