"""neural-trainer train: the reference PyTorch trainer, from a YAML config."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
