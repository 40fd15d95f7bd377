"""A training loop that nobody watches yet: it prints what it does in its own words, and no more.

`neural-trainer launch -- python3 examples/plain_loop.py` refuses it and says how to log;
`neural-trainer launch --log-from stdout -- python3 examples/plain_loop.py` reads what it prints.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def main(steps: int = 400) -> None:
    """Fit a noisy sine, and say so now and then."""
    torch.set_num_threads(1)  # a model this small only waits for more
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 64), nn.Tanh(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    unseen = torch.linspace(-3, 3, 200)[:, None]
    for step in range(1, steps + 1):
        points = 6 * torch.rand(64, 1) - 3
        error = functional.mse_loss(model(points), points.sin() + 0.1 * torch.randn(64, 1))
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        schedule.step()
        if step % 10 == 0:
            with torch.no_grad():
                off = functional.mse_loss(model(unseen), unseen.sin())
            lr = schedule.get_last_lr()[0]
            print(f"[{step:4d}/{steps}] train loss {error:.4f} | val loss {off:.4f} | lr {lr:.2e}")


if __name__ == "__main__":
    main()
