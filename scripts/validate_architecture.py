"""neural-trainer architecture: a model before it trains: parameters, memory, dead parts."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
