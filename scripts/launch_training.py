"""neural-trainer launch: any training command under watch, kept within caps, restarted."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
