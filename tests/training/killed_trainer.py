"""Trains again and again in a child of its own, going on from the last checkpoint, as it is told.

KILLS FOLDER: so many times, and once more to the end. Prints the child's process id, then a dot
for each step that it begins, and at its death a new line.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import drawn_at_random
import torch

from neural_trainer.errors import RunRefused
from neural_trainer.layers.case import Case
from neural_trainer.live import judge
from neural_trainer.training.checkpoint import find_checkpoint
from neural_trainer.training.config_file import build_config
from neural_trainer.training.trainer import train

TREE = {
    "case": "killed_trainer:make_case",
    "optimizer": {"lr": 0.02},
    "training": {"steps": 60, "eval_every": 5, "threads": 1},
    "checkpoint": {"every": 2, "keep": 2},
}


def make_case() -> Case:
    case = drawn_at_random.make(0)
    told = case.loss_fn

    def loss_fn(model: Any, batch: Any) -> Any:
        if torch.is_grad_enabled():
            os.write(1, b".")
        return told(model, batch)

    return Case(case.model, loss_fn, case.train_batches, eval_batches=case.eval_batches)


def attempt(folder: Path) -> None:
    """Go on with the run in `folder`; start it where it has no whole checkpoint."""
    try:
        checkpoint = find_checkpoint(folder, lambda text: None)
    except RunRefused:
        shutil.rmtree(folder, ignore_errors=True)
        checkpoint = None
    train(build_config(TREE), folder, checkpoint, lambda text: None)


def main(kills: int, folder: Path) -> None:
    judge.whole_diagnosis = lambda: lambda run: (
        SimpleNamespace(verdict="healthy", root_causes=()), ()
    )  # fmt: skip
    torch.set_num_threads(1)
    for _ in range(kills + 1):
        child = os.fork()
        if child == 0:
            os.write(1, f"{os.getpid()}\n".encode())
            attempt(folder)
            os._exit(0)
        os.waitpid(child, 0)
        os.write(1, b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
