"""`python -m neural_trainer VERB`: the command where it is not on PATH."""

from neural_trainer.cli import main

raise SystemExit(main())
