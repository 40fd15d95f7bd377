"""Judges refreshed batch norms: what each sees of the whole set, and that nothing else moved."""

from __future__ import annotations

import copy
import importlib
import os
import sys
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

FILES = Path(__file__).resolve().parent / "files"


def grade(folder: Path) -> str | None:
    """Why the answer does not pass; None where it does."""
    from forked import run

    try:
        done = run(["-c", f"import runpy; runpy.run_path({__file__!r})['check']()"], folder, 60)
    except TimeoutExpired:
        return "took longer than 60 s"
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or ["failed without a word"])[-1]


def check() -> None:
    sys.path[:0] = [str(FILES), os.getcwd()]
    import torch
    from torch import nn

    torch.set_num_threads(1)
    example = importlib.import_module("example")
    refresh = importlib.import_module("solution").refresh_statistics

    class Mixed(nn.Module):
        """Norms in another order than they are used in, one twice, one without statistics."""

        def __init__(self) -> None:
            super().__init__()
            self.last = nn.BatchNorm1d(9)
            self.first = nn.BatchNorm1d(6, affine=False)
            self.bare = nn.BatchNorm1d(9, track_running_stats=False)
            self.a, self.b, self.c = nn.Linear(4, 6), nn.Linear(6, 9), nn.Linear(9, 2)
            self.drop = nn.Dropout(0.4)
            self.extra = nn.Parameter(torch.zeros(3))

        def forward(self, x: Any) -> Any:
            x = self.drop(self.first(self.a(x.flatten(1)[:, :4])).relu())
            return self.c(self.last(self.bare(self.b(x))).relu())

    torch.manual_seed(0)
    data = example.data()
    for name, model in (("example", example.Net()), ("mixed", Mixed())):
        norms = [
            (key, module)
            for key, module in model.named_modules()
            if isinstance(module, nn.modules.batchnorm._BatchNorm)
        ]
        for _, norm in norms:
            if norm.running_mean is not None and norm.running_var is not None:
                norm.running_mean.normal_(3, 2)
                norm.running_var.uniform_(0.1, 9)
        model.train()
        norms[0][1].eval()  # frozen in training: it is to stay so
        before = copy.deepcopy(model.state_dict())
        modes = [module.training for module in model.modules()]
        momenta = [norm.momentum for _, norm in norms]
        assert refresh(model, data) is None, f"{name}: returns something"
        assert [m.training for m in model.modules()] == modes, f"{name}: modes have changed"
        assert [n.momentum for _, n in norms] == momenta, f"{name}: momenta have changed"
        assert all(p.requires_grad and p.grad is None for p in model.parameters()), (
            f"{name}: gradients, or parameters that need none any more"
        )
        hooks = sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())
        assert not hooks, f"{name}: {hooks} hooks were left"
        state = model.state_dict()
        for key, value in before.items():
            if "running" in key and not key.startswith("auxiliary"):
                continue
            if "num_batches" not in key:
                assert torch.equal(state[key], value), f"{name}: {key} has changed"
        seen: dict[str, list[Any]] = {key: [] for key, _ in norms}
        for key, norm in norms:
            norm.register_forward_pre_hook(lambda _, x, kept=seen[key]: kept.append(x[0].clone()))
        model.eval()
        with torch.no_grad():
            for inputs, _ in data:
                model(inputs)
        for key, norm in norms:
            if norm.running_mean is None or norm.running_var is None or not seen[key]:
                continue
            x = torch.cat(seen[key]).double().transpose(0, 1).flatten(1)
            scaled = (x - norm.running_mean[:, None]) / norm.running_var.double()[:, None].sqrt()
            mean = scaled.mean(1).abs().max().item()
            spread = (scaled.var(1, unbiased=False) - 1).abs().max().item()
            assert mean < 0.02, f"{name}, {key}: a channel's mean over the set is {mean:.3f}, not 0"
            assert spread < 0.02, f"{name}, {key}: a channel's variance is off by {spread:.1%}"
