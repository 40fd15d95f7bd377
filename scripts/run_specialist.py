"""neural-trainer specialist: a case handed to a specialist agent, JSON back."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
