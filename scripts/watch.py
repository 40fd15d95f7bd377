"""neural-trainer watch: one line per alarm of this project's runs."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
