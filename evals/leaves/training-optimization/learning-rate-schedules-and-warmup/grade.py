"""Each update has the rate of the formula, before and after resumes that change lr and length."""

from __future__ import annotations

from pathlib import Path

from forked import run

HIDDEN = """
import math, tempfile, os, warnings
import torch
from torch import nn
torch.set_num_threads(1)
warnings.simplefilter("error")
from solution import start, save, resume

def f(k, warmup, total):
    s = total - total // 5
    if k < warmup:
        return (k + 1) / warmup
    return 1.0 if k < s else 1 - math.sqrt((k - s) / (total - s))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 3)
        self.body = nn.Linear(3, 2)

    def forward(self, x):
        return self.body(self.embed(x)).square().mean()

def go(model, optimizer, scheduler, first, count, lr, warmup, total, where):
    own = {id(p): n for n, p in model.named_parameters()}
    for k in range(first, first + count):
        model(torch.arange(5)).backward()
        for group in optimizer.param_groups:
            for p in group["params"]:
                scale = 0.1 if own[id(p)].startswith("embed") else 1.0
                right = lr * scale * f(k, warmup, total)
                got = float(group["lr"])
                assert abs(got - right) <= 1e-9 + 1e-6 * right, (
                    f"{where}: update {k} of {own[id(p)]} uses {got:.3g}, not {right:.3g}"
                )
        optimizer.step(); optimizer.zero_grad(); scheduler.step()

folder = tempfile.mkdtemp()
torch.manual_seed(0)
model = Net()
o, s = start(model, 1e-2, 10, 100)
go(model, o, s, 0, 100, 1e-2, 10, 100, "start")
save(os.path.join(folder, "end.pt"), model, o, s)  # after the last update, too

cases = [  # updates before the stop; lr, warmup, total after it
    (40, 1e-2, 10, 100), (40, 2e-3, 10, 100), (40, 1e-2, 10, 200), (90, 1e-2, 10, 200),
    (4, 3e-2, 20, 60), (0, 5e-3, 10, 50), (40, 4e-3, 60, 120),
]
for done, lr, warmup, total in cases:
    torch.manual_seed(1)
    model = Net()
    o, s = start(model, 1e-2, 10, 100)
    go(model, o, s, 0, done, 1e-2, 10, 100, "start")
    path = os.path.join(folder, f"{done}-{lr}-{warmup}-{total}.pt")
    save(path, model, o, s)
    moments = {n: o.state[p]["exp_avg"].clone() for n, p in model.named_parameters() if done}
    weights = {n: p.detach().clone() for n, p in model.named_parameters()}
    twin = Net()
    o2, s2 = resume(path, twin, lr, warmup, total)
    for n, p in twin.named_parameters():
        assert torch.equal(p, weights[n]), "weights are not those saved"
        if done:
            assert torch.equal(o2.state[p]["exp_avg"], moments[n]), "Adam's moments are lost"
            assert int(o2.state[p]["step"]) == done, "Adam's step count is lost"
    middle = (total - done) // 2
    where = f"resumed at {done} with {lr}, {warmup}, {total}"
    go(twin, o2, s2, done, middle, lr, warmup, total, where)
    again = os.path.join(folder, "again.pt")
    save(again, twin, o2, s2)
    third = Net()
    o3, s3 = resume(again, third, lr / 2, warmup, total)
    left = total - done - middle
    go(third, o3, s3, done + middle, left, lr / 2, warmup, total, where + ", twice")
"""


def grade(folder: Path) -> str | None:
    """None where the answer in the folder passes, else why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    done = run(["-c", HIDDEN], folder, 60)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed in silence"])[-1]
    return None
