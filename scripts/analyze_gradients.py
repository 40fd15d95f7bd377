"""neural-trainer gradients: what each layer's gradients, weights and activations show."""

from neural_trainer.cli import script

raise SystemExit(script(__file__))
