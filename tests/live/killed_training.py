"""Trains under the Monitor until it is killed; each process that it forks is one such run.

python killed_training.py RUNS: for each run forks a process that writes a byte to stdout before
each step, waits for its end, and writes a newline. What is imported once costs each run nothing.
"""

from __future__ import annotations

import os
import sys
import traceback

import torch
from loops import backward, batch, mlp

from neural_trainer.live import layers_writer, model_watch
from neural_trainer.live.monitor import Monitor

IMPORTED = (layers_writer, model_watch)  # by the Monitor as it is made: here once for all runs


def train(folder: str) -> None:
    """Train for ever."""
    model = mlp(width=8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    inputs = batch(0)
    monitor = Monitor(folder, model, optimizer, judge=False, every=3)
    while True:
        os.write(1, b".")
        optimizer.zero_grad()
        loss = backward(model, inputs)
        optimizer.step()
        monitor.step(loss)
        if monitor.step_number % 7 == 0:
            monitor.evaluate(loss=loss)


def main(runs: int) -> None:
    """Take one run after the other."""
    torch.set_num_threads(1)
    # A first step without gradients imports what each run would; gradients start threads, which no
    # fork takes along.
    torch.optim.SGD(mlp().parameters(), lr=0.1).step()
    for number in range(runs):
        child = os.fork()
        if child == 0:
            os.write(1, b"%d\n" % os.getpid())
            try:
                train(f"run-{number}")
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        os.waitpid(child, 0)
        os.write(1, b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
