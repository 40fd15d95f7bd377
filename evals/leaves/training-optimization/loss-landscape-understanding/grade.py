"""The largest eigenvalue (not magnitude) by samples, and the rate at which torch's SGD diverges."""

from __future__ import annotations

from pathlib import Path

from forked import run

MODEL = (Path(__file__).parent / "files" / "model.py").read_text(encoding="utf-8")
HIDDEN = """
import torch
from torch import nn
torch.set_num_threads(1)
from torch.nn.attention import SDPBackend, sdpa_kernel
from solution import sharpness, largest_rate

def exact(model, loss_fn, batches):
    params = [p for p in model.parameters() if p.requires_grad]
    n = sum(len(b[0]) for b in batches)
    with sdpa_kernel(SDPBackend.MATH):
        loss = sum(loss_fn(model, b) * len(b[0]) for b in batches) / n
        first = torch.autograd.grad(loss, params, create_graph=True)
        flat = torch.cat([g.flatten() for g in first])
        rows = []
        for x in flat:
            r = torch.autograd.grad(x, params, retain_graph=True, allow_unused=True)
            r = [torch.zeros_like(p) if g is None else g for p, g in zip(params, r)]
            rows.append(torch.cat([g.flatten() for g in r]))
    return torch.linalg.eigvalsh(torch.stack(rows).detach().double())

def close(got, right, where):
    assert abs(got - right) < 0.03 * abs(right), f"{where}: {got:.4g}, not {right:.4g}"

class Bowl(nn.Module):
    '''Its Hessian is the mean of y over the samples: eigenvalues known.'''
    def __init__(self, size):
        super().__init__()
        self.w = nn.Parameter(torch.randn(size))

def bowl_loss(model, batch):
    return 0.5 * (batch[1] * model.w.square()).sum(-1).mean()

torch.manual_seed(0)
model = Bowl(6)
one = torch.tensor([[-50.0, 10.0, 4.0, 1.0, 0.5, 0.1]]).repeat(8, 1)
close(sharpness(model, bowl_loss, [(one, one)]), 10.0, "with a larger negative curvature")
two = torch.tensor([[200.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
close(sharpness(model, bowl_loss, [(one.abs(), one.abs()), (two, two)]), (8 * 50 + 200) / 9,
      "a last batch of one sample")

torch.manual_seed(1)
model = Classifier()
x, y = torch.randn(21, 5, 4), torch.randint(0, 3, (21,))
batches = [(x[i : i + 8], y[i : i + 8]) for i in (0, 8, 16)]
close(sharpness(model, loss_fn, batches), float(exact(model, loss_fn, batches)[-1]), "model.py")
model.embed.requires_grad_(False)
close(sharpness(model, loss_fn, batches), float(exact(model, loss_fn, batches)[-1]), "frozen")
model.embed.requires_grad_(True)

# It leaves the training as it was.
drop = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
flat = lambda m, b: nn.functional.cross_entropy(m(b[0].mean(1)), b[1])
flat(drop, batches[0]).backward()
grads = [p.grad.clone() for p in drop.parameters()]
weights = [t.clone() for t in drop.state_dict().values()]
rng = torch.get_rng_state()
sharpness(drop, flat, batches)
assert torch.equal(rng, torch.get_rng_state()), "the random state has moved"
assert drop.training, "the mode has changed"
for p, g in zip(drop.parameters(), grads):
    assert p.grad is not None and torch.equal(p.grad, g), ".grad has changed"
for (n, t), w in zip(drop.state_dict().items(), weights):
    assert torch.equal(t, w), f"{n} has changed"

def diverges(rate, momentum, nesterov):
    w = nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    o = torch.optim.SGD([w], lr=rate, momentum=momentum, nesterov=nesterov)
    largest = 0.0
    for step in range(1, 3001):
        o.zero_grad()
        (0.5 * 7.0 * w.square()).sum().backward()
        o.step()
        largest = max(largest, float(w.detach().abs()))
        if largest > 1e3:
            return True
        if step % 50 == 0:
            if largest < 1e-6:
                return False
            largest = 0.0
    return False

for momentum, nesterov in ((0.0, False), (0.9, False), (0.9, True), (0.5, True)):
    rate = largest_rate(7.0, momentum, nesterov)
    where = f"largest_rate, momentum {momentum}, nesterov {nesterov}: {rate:.4g}"
    assert not diverges(0.98 * rate, momentum, nesterov), where + " is too large"
    assert diverges(1.02 * rate, momentum, nesterov), where + " is too small"
"""


def grade(folder: Path) -> str | None:
    """None where the answer in the folder passes, else why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    ours = (
        f"import sys, types\nmodel = types.ModuleType('model')\nexec({MODEL!r}, model.__dict__)\n"
    )
    ours += "sys.modules['model'] = model\nfrom model import Classifier, loss_fn\n"
    done = run(["-c", ours + HIDDEN], folder, 60)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed in silence"])[-1]
    return None
