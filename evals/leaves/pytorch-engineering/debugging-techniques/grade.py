"""A test for leaks finds those of planted models, acquits sound ones and leaves no trace."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any


def grade(folder: Path) -> str | None:
    """None where every model is judged right, else which is not."""
    from forked import run

    try:
        ran = run([__file__], folder, 60)
    except TimeoutExpired:
        return "took more than 60 s"
    if ran.returncode == 0 and ran.stdout.endswith("held\n"):
        return None
    return (ran.stderr.strip().splitlines() or ["ended without a word"])[-1]


def models() -> dict[str, tuple[Any, set[str], int]]:
    """Name -> (model, what it leaks, length)."""
    import torch
    from torch import Tensor, nn
    from torch.nn import functional as F

    class Attention(nn.Module):
        def __init__(self, diagonal: int = 0, bad_reshape: bool = False, zero: bool = False):
            super().__init__()
            self.qkv, self.out = nn.Linear(16, 48), nn.Linear(16, 16)
            self.diagonal, self.bad_reshape = diagonal, bad_reshape
            if zero:
                nn.init.zeros_(self.out.weight)
                nn.init.zeros_(self.out.bias)

        def forward(self, x: Tensor) -> Any:
            b, t, _ = x.shape
            q, k, v = self.qkv(x).view(b, t, 3, 2, 8).permute(2, 0, 3, 1, 4)
            mask = torch.ones(t, t).tril(self.diagonal).bool()
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            if self.bad_reshape:  # heads and positions are not swapped back
                return self.out(mixed.reshape(b, t, 16))
            return self.out(mixed.transpose(1, 2).reshape(b, t, 16))

    class Convolution(nn.Module):
        def __init__(self, left: int, right: int, dilation: int = 1, scale: float = 1.0):
            super().__init__()
            self.pad = (left * dilation, right * dilation)
            self.conv = nn.Conv1d(16, 16, left + right + 1, dilation=dilation)
            self.scale = scale

        def forward(self, x: Tensor) -> Any:
            return self.scale * self.conv(F.pad(x.transpose(1, 2), self.pad)).transpose(1, 2)

    class OverTime(nn.Module):
        def forward(self, x: Tensor) -> Any:
            return 1e-3 * (x - x.mean(1, keepdim=True))

    class OverBatch(nn.Module):
        def forward(self, x: Tensor) -> Any:
            return x / (1 + x.abs().amax((0, 2), keepdim=True))

    class Recurrent(nn.Module):
        def __init__(self, **options: Any):
            super().__init__()
            self.gru = nn.GRU(16, 16, batch_first=True, **options)

        def forward(self, x: Tensor) -> Any:
            return self.gru(x)[0][..., :16]

    class Shuffled(nn.Module):
        """Batch and time confused: right in shape, if time comes first as the GRU expects."""

        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(16, 16)

        def forward(self, x: Tensor) -> Any:
            return self.gru(x)[0]

    class Gated(nn.Module):
        def __init__(self, inner: nn.Module):
            super().__init__()
            self.inner, self.gate = inner, nn.Parameter(torch.zeros(1))

        def forward(self, x: Tensor) -> Any:
            return self.gate * self.inner(x)

    class Last(nn.Module):
        """The last token reaches the first position alone."""

        def forward(self, x: Tensor) -> Any:
            return torch.cat((x[:, -1:], torch.zeros_like(x[:, 1:])), 1)

    class Model(nn.Module):
        def __init__(self, *branches: nn.Module, dropout: float = 0.0):
            super().__init__()
            self.embed, self.head = nn.Embedding(13, 16), nn.Linear(16, 13)
            self.branches, self.drop = nn.ModuleList(branches), nn.Dropout(dropout)

        def forward(self, tokens: Tensor) -> Any:
            x = self.embed(tokens)
            for branch in self.branches:
                x = x + self.drop(branch(x))
            return self.head(x)

    class Normed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(16)

        def forward(self, x: Tensor) -> Any:
            return self.norm(x.transpose(1, 2)).transpose(1, 2)

    torch.manual_seed(0)
    return {
        "causal attention": (Model(Attention()), set(), 24),
        "with dropout": (Model(Attention(), Convolution(3, 0), dropout=0.5), set(), 24),
        "with batch norm": (Model(Attention(), Normed()), set(), 24),
        "recurrent": (Model(Recurrent(), Attention(zero=True)), set(), 64),
        "zero gate, sound": (Model(Gated(Attention()), Attention()), set(), 24),
        "mask one off": (Model(Attention(diagonal=1)), {"future"}, 24),
        "no mask": (Model(Attention(diagonal=99), dropout=0.3), {"future"}, 24),
        "heads not swapped back": (Model(Attention(bad_reshape=True)), {"future"}, 24),
        "convolution to the right": (Model(Convolution(1, 1)), {"future"}, 24),
        "far to the right": (Model(Convolution(0, 1, dilation=50)), {"future"}, 64),
        "weak": (Model(Convolution(1, 1, scale=1e-4)), {"future"}, 24),
        "mean over time": (Model(OverTime()), {"future"}, 64),
        "last to first": (Model(Attention(), Last()), {"future"}, 33),
        "forward half of both directions": (Model(Recurrent(bidirectional=True)), set(), 24),
        "over the batch": (Model(OverBatch()), {"batch"}, 24),
        "time first": (Model(Shuffled()), {"batch"}, 24),
        "zero output, future": (Model(Attention(diagonal=2, zero=True)), {"future"}, 24),
        "zero gate, future": (Model(Attention(), Gated(Convolution(0, 2))), {"future"}, 24),
        "zero gate, batch": (Model(Attention(), Gated(Shuffled())), {"batch"}, 24),
        "both": (Model(Attention(diagonal=1), Gated(OverBatch())), {"future", "batch"}, 24),
    }


def check() -> None:
    """Raise on the first model that is judged wrong."""
    import copy
    import random

    import numpy as np
    import torch

    sys.path.insert(0, str(Path.cwd()))
    from solution import leaks

    torch.set_num_threads(1)

    def numpy_state() -> str:
        return repr(np.random.get_state(legacy=False)["state"])

    for number, (name, (model, expected, length)) in enumerate(models().items()):
        model.train(number % 2 == 0)
        if number % 3 == 0:
            model.head.eval()
        modes = [module.training for module in model.modules()]
        model.head.bias.grad = torch.ones_like(model.head.bias)
        before = copy.deepcopy(model.state_dict())
        states = torch.get_rng_state(), random.getstate(), numpy_state()
        found = leaks(model, 13, length)
        assert set(found) == expected, f"{name}: {sorted(found)}, is {sorted(expected)}"
        assert torch.equal(states[0], torch.get_rng_state()), f"{name}: torch's random state"
        assert states[1] == random.getstate(), f"{name}: Python's random state"
        assert states[2] == numpy_state(), f"{name}: numpy's random state"
        assert modes == [module.training for module in model.modules()], f"{name}: a mode is left"
        for key, tensor in model.state_dict().items():
            assert torch.equal(tensor, before[key]), f"{name}: {key} was changed"
        assert model.head.bias.grad.eq(1).all(), f"{name}: a gradient was changed"
        assert all(p.grad is None for p in model.branches.parameters()), f"{name}: gradients left"


if __name__ == "__main__":
    check()
    print("held")
