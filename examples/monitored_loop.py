"""A training loop of your own under watch: a small classifier of two spirals, in a few seconds.

Run it with `python examples/monitored_loop.py` where neural-trainer is installed; the run folder is
runs/spirals, and `neural-trainer diagnose runs/spirals` says how the run went.
"""

from __future__ import annotations

import math
import sys

import torch
from torch import Tensor, nn
from torch.nn import functional

from neural_trainer import Monitor

CONFIG = {"optimizer": {"name": "adamw", "lr": 3e-3}, "training": {"steps": 400, "batch_size": 64}}


def spirals(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return points, (count, 2), on two interleaved spirals, and which one each lies on."""
    labels = torch.randint(2, (count,), generator=generator)
    turn = 0.3 + 2.5 * torch.rand(count, generator=generator)
    angle = math.pi * (turn + labels)
    points = turn[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
    return points + 0.05 * torch.randn(count, 2, generator=generator), labels


def main(folder: str = "runs/spirals") -> None:
    """Train and leave a run folder."""
    torch.set_num_threads(1)  # a model this small only waits for more
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    held_out = spirals(512, torch.Generator().manual_seed(1))
    model = nn.Sequential(
        nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=CONFIG["optimizer"]["lr"])
    steps, batch_size = CONFIG["training"]["steps"], CONFIG["training"]["batch_size"]

    with Monitor(folder, model=model, optimizer=optimizer, config=CONFIG) as monitor:
        for step in range(1, steps + 1):
            points, labels = spirals(batch_size, generator)
            loss = functional.cross_entropy(model(points), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, samples=batch_size)
            if step % 50 == 0:
                with torch.no_grad():
                    logits = model(held_out[0])
                monitor.evaluate(
                    loss=functional.cross_entropy(logits, held_out[1]),
                    accuracy=(logits.argmax(dim=1) == held_out[1]).float().mean(),
                )


if __name__ == "__main__":
    main(*sys.argv[1:2])
