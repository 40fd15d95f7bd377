"""A loop that two processes of torch.distributed run together; started by test_ranks.py.

python two_ranks.py RANK STORE WAY MONITORS: `WAY` says how the model is spread, `MONITORS` which
ranks have one. Gradients are those of one process that sees both halves of each batch.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from loops import backward, batch, mlp
from torch import nn

from neural_trainer.live.monitor import Monitor

STEPS = 6


def spread(model: nn.Module, way: str) -> Any:
    """Return the model as `way` has it: "ddp", "fsdp", or "hsdp", which shards it over one rank."""
    if way.startswith("ddp"):
        return nn.parallel.DistributedDataParallel(model)
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    if way.startswith("hsdp"):
        mesh = init_device_mesh("cpu", (2, 1), mesh_dim_names=("replicate", "shard"))
    else:
        mesh = init_device_mesh("cpu", (2,))
    for layer in (model[0], model[2]):  # type: ignore[index]
        fully_shard(layer, mesh=mesh)
    return fully_shard(model, mesh=mesh)


def main(rank: int, store: str, way: str, monitors: str) -> None:
    """Train, and let this rank's Monitor, where it has one, record it in "run"."""
    dist.init_process_group(
        "gloo", init_method=f"file://{store}", rank=rank, world_size=2,
        timeout=timedelta(seconds=60),
    )  # fmt: skip
    model = spread(mlp(width=31), way)  # 31 is no multiple of two: one shard is larger
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    monitor = None
    if str(rank) in monitors.split(","):
        monitor = Monitor("run", model, optimizer, judge=False, every=2)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = backward(model, batch(step)[rank::2])
        if way.endswith("clipped"):
            nn.utils.clip_grad_norm_(model.parameters(), 0.05)
        optimizer.step()
        if monitor is not None:
            monitor.step(loss)
    if monitor is not None:
        monitor.close()
    dist.destroy_process_group()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(int(sys.argv[1]), *sys.argv[2:5])
    os._exit(0)  # gloo's threads need not be waited for
