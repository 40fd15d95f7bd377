"""Updates equal those of one whole batch: by tokens, with the last window, in bfloat16 too."""

from __future__ import annotations

from pathlib import Path

from forked import run

HIDDEN = """
import copy
import torch
from torch import nn
from torch.nn import functional as F
torch.set_num_threads(1)
from solution import train_epoch

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(17, 16)
        self.norm = nn.LayerNorm(16)
        self.head = nn.Linear(16, 17)

    def forward(self, ids):
        return self.head(self.norm(self.tokens(ids)))

def data(count, seed, empty=()):
    g = torch.Generator().manual_seed(seed)
    for i in range(count):
        b, t = int(torch.randint(1, 3, (), generator=g)), int(torch.randint(3, 12, (), generator=g))
        ids = torch.randint(0, 17, (b, t), generator=g)
        targets = (ids * 3 + 1) % 17
        hidden = torch.rand((b, t), generator=g) < 0.6 * torch.rand((), generator=g) + 0.2
        hidden[0, 0] = False
        targets[hidden] = -100
        if i in empty:
            targets[:] = -100
        yield ids, targets

def whole(model, group, max_norm):
    '''Loss, norm and clipped gradients of the window as one batch, in float64.'''
    twin = copy.deepcopy(model).double()
    rows = [twin(ids).flatten(0, 1) for ids, _ in group]
    loss = F.cross_entropy(torch.cat(rows), torch.cat([t.flatten() for _, t in group]))
    grads = torch.autograd.grad(loss, list(twin.parameters()))
    norm = torch.cat([g.flatten() for g in grads]).norm()
    scale = min(1.0, max_norm / float(norm))
    return float(loss), float(norm), torch.cat([(g * scale).flatten() for g in grads])

def check(dtype, count, window, max_norm, empty, within, where):
    torch.manual_seed(0)
    model = Net().to(dtype)
    groups, all_of = [], list(data(count, 3, empty))
    for i in range(0, count, window):
        groups.append(all_of[i : i + window])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
    seen = []

    def before(opt, args, kwargs):
        grads = [p.grad for p in model.parameters()]
        assert all(g is not None for g in grads), f"{where}: a parameter has no gradient"
        # Windows with nothing to learn come last here, so that updates and windows agree.
        loss, norm, right = whole(model, groups[len(seen)], max_norm)
        seen.append((loss, norm))
        got = torch.cat([g.flatten().double() for g in grads])
        error = float((got - right).norm() / right.norm())
        assert error < within, f"{where}: the gradient is off by {error:.2%} of its norm"

    optimizer.register_step_pre_hook(before)
    model.zero_grad()
    result = train_epoch(model, optimizer, iter(all_of), window, max_norm)
    learnt = sum(any((t != -100).any() for _, t in g) for g in groups)
    assert len(seen) == learnt, f"{where}: {len(seen)} updates, {learnt} windows have tokens"
    assert all(torch.isfinite(p).all() for p in model.parameters()), f"{where}: not finite"
    result = [r for r in result if r[0] == r[0]][:learnt]
    assert len(result) == learnt, f"{where}: {len(result)} results of {learnt}"
    for (loss, norm), (a, b) in zip(seen, result):
        assert abs(float(a) - loss) < within * loss, f"{where}: loss {float(a)}, not {loss}"
        assert abs(float(b) - norm) < within * norm, f"{where}: norm {float(b)}, not {norm}"

full = torch.float32
check(full, 12, 4, 1e9, (), 1e-4, "whole windows")
check(full, 14, 4, 1e9, (1, 6), 1e-4, "a last window of 2")
check(full, 14, 4, 0.05, (1, 6), 1e-4, "clipped")
check(full, 13, 4, 1e9, (3, 12), 1e-4, "a last window with nothing to learn")
check(torch.bfloat16, 3, 1, 1e9, (), 2e-2, "bfloat16, window 1")
check(torch.bfloat16, 1024, 512, 1e9, (), 2e-2, "bfloat16, window 512")
"""


def grade(folder: Path) -> str | None:
    """None where the answer in the folder passes, else why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    done = run(["-c", HIDDEN], folder, 60)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed in silence"])[-1]
    return None
