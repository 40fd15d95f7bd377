"""Accumulating trainer for a small language model."""
import math
from dataclasses import dataclass

import torch

from lm import Transformer, get_batch


@dataclass
class Hparams:
    steps: int = 5000
    accum: int = 4
    lr: float = 6e-4
    warmup: int = 100
    clip: float = 1.0


def schedule(step: int, hp: Hparams) -> float:
    if step < hp.warmup:
        return (step + 1) / hp.warmup
    return 0.5 * (1 + math.cos(math.pi * (step - hp.warmup) / (hp.steps - hp.warmup)))


def main(hp: Hparams = Hparams()) -> None:
    torch.manual_seed(1337)
    model = Transformer()
    optimizer = torch.optim.Adam(model.parameters(), lr=hp.lr, betas=(0.9, 0.95))
    for step in range(hp.steps):
        for g in optimizer.param_groups:
            g["lr"] = hp.lr * schedule(step, hp)
        optimizer.zero_grad(set_to_none=True)
        for _ in range(hp.accum):
            x, y = get_batch("train")
            loss = model(x, y) / hp.accum
            loss.backward()  # PLANTED
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), hp.clip)
        if step % 100 == 0:
            print(f"step {step} loss {loss.item() * hp.accum:.4f} norm {norm:.2f}")


if __name__ == "__main__":
    main()
