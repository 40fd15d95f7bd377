"""neural-trainer plot: PNG or SVG of any log, several runs overlaid."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
