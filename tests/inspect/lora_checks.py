"""Makes the tiny model and checks what examples/lora.yaml would train, as JSON on stdout.

Runs with the libraries, in a folder of its own.
"""

from __future__ import annotations

import contextlib
import runpy
import sys
import warnings
from pathlib import Path

from neural_trainer.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"

warnings.simplefilter("ignore")  # of the libraries
with contextlib.redirect_stdout(sys.stderr):
    runpy.run_path(str(EXAMPLES / "tiny_model.py"))["main"](Path("tiny"))
raise SystemExit(main(["preflight", str(EXAMPLES / "lora.yaml"), "--json", "--exit-code"]))
