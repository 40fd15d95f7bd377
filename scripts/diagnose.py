"""neural-trainer diagnose: logs -> ranked root causes with evidence."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
