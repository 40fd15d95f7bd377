"""Dead is what the loss does not depend on: a bias before a norm, not a zero-initialised one."""

from __future__ import annotations

from pathlib import Path

from forked import run

HIDDEN = """
import torch
from torch import nn
from torch.nn import functional as F
torch.set_num_threads(1)
from solution import dead_parameters

def check(model, loss_fn, batch, right, where):
    state = {n: t.clone() for n, t in model.state_dict().items()}
    needs = {n: p.requires_grad for n, p in model.named_parameters()}
    rng, mode = torch.get_rng_state(), model.training
    got = dead_parameters(model, loss_fn, batch)
    assert set(got) == right, (
        f"{where}: missed {sorted(right - set(got))}, wrongly listed {sorted(set(got) - right)}"
    )
    assert torch.equal(rng, torch.get_rng_state()), f"{where}: the random state has moved"
    assert mode == model.training, f"{where}: the mode has changed"
    for n, t in model.state_dict().items():
        assert torch.equal(t, state[n]), f"{where}: {n} has changed"
    for n, p in model.named_parameters():
        assert p.requires_grad == needs[n], f"{where}: requires_grad of {n} has changed"
        assert p.grad is None, f"{where}: {n} has a gradient now"

class Adapter(nn.Module):
    '''A frozen layer with a low-rank update, whose second factor starts at zero.'''
    def __init__(self):
        super().__init__()
        self.base = nn.Linear(6, 6).requires_grad_(False)
        self.a = nn.Parameter(torch.randn(2, 6))
        self.b = nn.Parameter(torch.zeros(6, 2))
        self.old = nn.Linear(6, 6)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        return self.head(self.base(x) + x @ self.a.T @ self.b.T)

class Gated(nn.Module):
    '''Gates at zero: one trains, one was frozen; a depth-2 branch starts silent.'''
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6))
        self.other = nn.Linear(6, 6)
        self.gate = nn.Parameter(torch.zeros(6))
        self.shut = nn.Parameter(torch.zeros(6), requires_grad=False)
        self.score = nn.Linear(6, 1)
        self.head = nn.Linear(6, 3)
        nn.init.zeros_(self.head.weight)

    def forward(self, x):
        x = x + self.gate * self.inner(x) + self.shut * self.other(x)
        return self.head(x * (self.score(x) > 0).float())

class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(6, 6) for _ in range(3))
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        mixed = F.scaled_dot_product_attention(self.q(x)[:, None], self.k(x)[:, None],
                                               self.v(x)[:, None])
        return self.head(mixed[:, 0].mean(1))

class Convolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.2)
        self.linear = nn.Linear(4, 3)

    def forward(self, x):
        return self.linear(self.drop(self.norm(self.conv(x)).relu().mean((2, 3))))

def loss_fn(model, batch):
    return F.cross_entropy(model(batch[0]), batch[1])

torch.manual_seed(0)
y = torch.randint(0, 3, (16,))
check(Adapter(), loss_fn, (torch.randn(16, 6), y), {"old.weight", "old.bias"}, "adapter")
check(Gated(), loss_fn, (torch.randn(16, 6), y),
      {"other.weight", "other.bias", "score.weight", "score.bias"}, "gates")
check(Attention(), loss_fn, (torch.randn(16, 5, 6), y), {"k.bias"}, "attention")
check(Convolution(), loss_fn, (torch.randn(16, 1, 8, 8), y), {"conv.bias"},
      "convolution in train mode")
check(Convolution().eval(), loss_fn, (torch.randn(16, 1, 8, 8), y), set(),
      "convolution in eval mode")
"""


def grade(folder: Path) -> str | None:
    """None where the answer in the folder passes, else why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    done = run(["-c", HIDDEN], folder, 60)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed in silence"])[-1]
    return None
