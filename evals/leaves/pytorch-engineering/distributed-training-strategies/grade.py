"""Two processes make the step and the score that one process makes."""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any


def grade(folder: Path) -> str | None:
    """None where both functions hold, else what does not."""
    from forked import run

    with tempfile.TemporaryDirectory() as meeting, ThreadPoolExecutor(2) as pool:
        ranks = [[__file__, f"{meeting}/store", str(rank)] for rank in range(2)]
        try:
            ended = [*pool.map(lambda arguments: run(arguments, folder, 60), ranks)]
        except TimeoutExpired:
            return "took more than 60 s: a process waits for the other"
    for rank in ended:
        if rank.returncode != 0 or not rank.stdout.endswith("held\n"):
            said = [line for line in rank.stderr.splitlines() if "AssertionError" in line]
            return (said or rank.stderr.strip().splitlines() or ["ended without a word"])[-1]
    return None


def check(store: str, rank: int) -> None:
    """Raise on the first thing that does not hold; where all do print "held" and end."""
    import torch
    import torch.distributed as dist
    from torch import nn
    from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
    from torch.nn import functional as F

    sys.path.insert(0, str(Path.cwd()))
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    from solution import evaluate, train_step

    def build() -> Any:
        torch.manual_seed(0)
        return nn.Sequential(nn.Embedding(11, 8), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 11))

    def batch(rows: int, kept: int) -> tuple[Any, Any]:
        tokens = torch.randint(0, 11, (rows, 6), generator=source)
        targets = torch.randint(0, 11, (rows, 6), generator=source)
        targets[:, kept:] = -100
        return tokens, targets

    source = torch.Generator().manual_seed(1)
    windows = [
        ([batch(2, 6)], [batch(2, 1)]),
        ([batch(2, 3), batch(1, 0), batch(3, 1)], [batch(4, 5)]),
        ([batch(2, 0)], [batch(2, 4), batch(2, 2)]),
    ]
    alone, ddp = build(), nn.parallel.DistributedDataParallel(build())
    reduced: list[int] = []
    hook: Any = allreduce_hook
    ddp.register_comm_hook(None, lambda _, bucket: reduced.append(1) or hook(None, bucket))  # type: ignore[func-returns-value]
    steps = torch.optim.SGD(alone.parameters(), lr=1.0), torch.optim.SGD(ddp.parameters(), lr=1.0)
    for number, window in enumerate(windows):
        max_norm = (0.05, 100.0, 0.3)[number]
        tokens, targets = (torch.cat(parts) for parts in zip(*window[0], *window[1], strict=True))
        loss = F.cross_entropy(alone(tokens).flatten(0, 1), targets.flatten(), ignore_index=-100)
        steps[0].zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(alone.parameters(), max_norm)
        steps[0].step()
        reduced.clear()
        said = train_step(ddp, steps[1], window[rank], max_norm)
        assert abs(said - loss.item()) < 1e-5, f"loss {said:.5f}, alone {loss.item():.5f}"
        for one, two in zip(alone.parameters(), ddp.module.parameters(), strict=True):
            off = (one - two).abs().max().item()
            assert off < 1e-5, f"step {number}: weights {off:.2g} from those of one process"
        assert len(reduced) <= 1, f"gradients communicated {len(reduced)} times in a step"

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.drop = nn.Dropout(0.5)

        def forward(self, x: Any) -> Any:
            return self.drop(x)

    for items in (1, 5, 64, 101):
        x = torch.randn(items, 4, generator=source)
        labels = x.argmax(1)
        labels[: items // 3] = (labels[: items // 3] + 1) % 4
        dataset = torch.utils.data.TensorDataset(x, labels)
        expected = (x.argmax(1) == labels).double().mean().item()
        model = Model()
        said = evaluate(model, dataset, 8)
        assert abs(said - expected) < 1e-6, f"accuracy {said:.5f} of {items}, is {expected:.5f}"
    dist.barrier()
    print("held", flush=True)
    # Here, before DDP is freed: that waits, with the interpreter's lock, for a thread that may want
    # the lock to free what the barrier held.
    os._exit(0)


if __name__ == "__main__":
    check(sys.argv[1], int(sys.argv[2]))
