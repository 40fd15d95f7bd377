"""What the process that all scenarios are forked from has imported."""

import sys
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).resolve().parents[2] / "scripts"),
]

import numpy  # noqa: E402, F401
import torch  # noqa: E402
import torch._dynamo  # noqa: E402, F401

import neural_trainer.layers.transfer  # noqa: E402
import neural_trainer.live.monitor  # noqa: E402
import neural_trainer.runs.read  # noqa: E402, F401
