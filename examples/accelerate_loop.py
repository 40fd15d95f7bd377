"""A training loop on Hugging Face Accelerate under watch, with accumulation and clipping.

Run it with `python examples/accelerate_loop.py`, or under `accelerate launch`, where neural-trainer
and accelerate are installed; the run folder is runs/accelerate-loop. In a distributed run every
process makes the Monitor, and the first writes for all.
"""

from __future__ import annotations

import sys

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer import Monitor

CONFIG = {
    "optimizer": {"name": "adamw", "lr": 3e-3, "max_grad_norm": 1.0},
    "training": {"epochs": 8, "batch_size": 32, "accumulation": 2, "seed": 0},
}


def rings(count: int, seed: int) -> TensorDataset:
    """Return points, (count, 2), and whether each lies within the median distance."""
    points = torch.randn(count, 2, generator=torch.Generator().manual_seed(seed))
    return TensorDataset(points, (points.norm(dim=1) < 1.18).long())


def evaluated(
    accelerator: Accelerator, model: nn.Module, batches: DataLoader[tuple[Tensor, ...]]
) -> dict[str, Tensor]:
    """Return loss and accuracy on held-out batches, of all processes together."""
    model.eval()
    with torch.no_grad():
        told = [
            accelerator.gather_for_metrics((model(points), labels)) for points, labels in batches
        ]
    model.train()
    logits, labels = (torch.cat(parts) for parts in zip(*told, strict=True))
    return {
        "loss": functional.cross_entropy(logits, labels),
        "accuracy": (logits.argmax(dim=1) == labels).float().mean(),
    }


def main(folder: str = "runs/accelerate-loop") -> None:
    """Train and leave a run folder."""
    torch.set_num_threads(1)  # a model this small only waits for more
    settings = CONFIG["training"]
    torch.manual_seed(settings["seed"])
    accelerator = Accelerator(gradient_accumulation_steps=settings["accumulation"])
    model: nn.Module = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=CONFIG["optimizer"]["lr"])
    train = DataLoader(rings(2048, 1), settings["batch_size"], shuffle=True, drop_last=True)
    held_out = DataLoader(rings(512, 2), 256)
    model, optimizer, train, held_out = accelerator.prepare(model, optimizer, train, held_out)

    with Monitor(folder, model, optimizer, CONFIG) as monitor:
        losses: list[Tensor] = []
        for _ in range(settings["epochs"]):
            for points, labels in train:
                with accelerator.accumulate(model):
                    loss = functional.cross_entropy(model(points), labels)
                    losses.append(loss.detach())
                    accelerator.backward(loss)
                    if accelerator.sync_gradients:
                        accelerator.clip_grad_norm_(
                            model.parameters(), CONFIG["optimizer"]["max_grad_norm"]
                        )
                    optimizer.step()
                    optimizer.zero_grad()
                if accelerator.sync_gradients:  # one line an optimizer step, not one a batch
                    samples = len(points) * len(losses) * accelerator.num_processes
                    monitor.step(torch.stack(losses).mean(), samples=samples)
                    losses.clear()
            monitor.evaluate(**evaluated(accelerator, model, held_out))


if __name__ == "__main__":
    main(*sys.argv[1:2])
