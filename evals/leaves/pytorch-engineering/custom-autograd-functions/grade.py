"""A loss over chunks gives the gradients of the whole, in every use that autograd permits."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any


def grade(folder: Path) -> str | None:
    """None where the function holds, else what does not."""
    from forked import run

    try:
        ran = run([__file__], folder, 60)
    except TimeoutExpired:
        return "took more than 60 s"
    if ran.returncode == 0 and ran.stdout.endswith("held\n"):
        return None
    return (ran.stderr.strip().splitlines() or ["ended without a word"])[-1]


def check() -> None:
    """Raise on the first thing that does not hold."""
    import torch
    from torch.nn import functional as F

    sys.path.insert(0, str(Path.cwd()))
    from solution import linear_cross_entropy

    torch.set_num_threads(1)
    torch.manual_seed(0)

    def inputs(rows: int, dtype: Any, ignored: bool = True) -> Any:
        target = torch.randint(0, 11, (rows,))
        if ignored:
            target[::3] = -100
        made = [torch.randn(shape, dtype=torch.float64) for shape in ((rows, 6), (11, 6), (11,))]
        return (*(one.to(dtype).requires_grad_() for one in made), target)

    def whole(*given: Any) -> Any:
        hidden, weight, bias, target = given
        return F.cross_entropy(F.linear(hidden, weight, bias), target)

    for rows in (1, 63, 64, 130):
        hidden, weight, bias, target = inputs(rows, torch.float64, rows > 1)
        for given in (bias, None):
            leaves = [leaf for leaf in (hidden, weight, given) if leaf is not None]
            ours = linear_cross_entropy(hidden, weight, given, target)
            theirs = whole(hidden, weight, given, target)
            assert torch.allclose(ours, theirs), f"loss {ours:.6f}, is {theirs:.6f}"
            got = torch.autograd.grad(3 * ours + hidden.sum(), leaves)
            due = torch.autograd.grad(3 * theirs + hidden.sum(), leaves)
            for one, two in zip(got, due, strict=True):
                assert torch.allclose(one, two), f"gradient of 3 x loss, {rows} rows"

    hidden, weight, bias, target = inputs(130, torch.float64)
    loss = linear_cross_entropy(hidden, weight, bias, target, chunk=32)
    first = torch.autograd.grad(2 * loss, (hidden, weight, bias), retain_graph=True)
    kept = [one.clone() for one in first]
    second = torch.autograd.grad(5 * loss, (hidden, weight, bias))
    for one, two, three in zip(kept, second, first, strict=True):
        assert torch.allclose(one * 2.5, two), "a second backward gives another gradient"
        assert torch.equal(one, three), "a second backward changes the first gradient"
    other = target.clone()
    other[::3] = 7
    other[1::3] = 5
    ours = linear_cross_entropy(hidden, weight, bias, other, ignore_index=5)
    theirs = F.cross_entropy(F.linear(hidden, weight, bias), other, ignore_index=5)
    assert torch.allclose(ours, theirs), "another ignore_index"

    # The norm of a gradient as a loss: right, or refused.
    for power in (1, 2):
        true = whole(hidden, weight, bias, target).pow(power)
        norm = torch.autograd.grad(true, hidden, create_graph=True)[0].square().sum()
        due = torch.autograd.grad(norm + hidden.sum(), (hidden, weight))
        try:
            loss = linear_cross_entropy(hidden, weight, bias, target).pow(power)
            norm = torch.autograd.grad(loss, hidden, create_graph=True)[0].square().sum()
            got = torch.autograd.grad(norm + hidden.sum(), (hidden, weight), allow_unused=True)
        except RuntimeError:
            continue
        for one, two in zip(got, due, strict=True):
            right = one is not None and torch.allclose(one, two)
            assert right, "a gradient of the gradient is wrong, and nothing was raised"

    for frozen in range(3):
        leaves = [one.detach() for one in inputs(70, torch.float64)[:3]]
        for place, leaf in enumerate(leaves):
            leaf.requires_grad_(place != frozen)
        target = torch.randint(0, 11, (70,))
        ours = linear_cross_entropy(*leaves, target)
        live = [leaf for leaf in leaves if leaf.requires_grad]
        due = torch.autograd.grad(whole(*leaves, target), live)
        for one, two in zip(torch.autograd.grad(ours, live, retain_graph=True), due, strict=True):
            assert torch.allclose(one, two), "a gradient beside a frozen input"
        shapes = [
            tuple(t.shape) for t in getattr(ours.grad_fn, "saved_tensors", ()) if t is not None
        ]
        if frozen == 1:
            assert shapes.count((11, 6)) < 2, "a gradient is kept for the frozen weight"
    with torch.no_grad():
        loss = linear_cross_entropy(*leaves, target)
    assert not loss.requires_grad, "a graph under no_grad"

    hidden, weight, bias, target = inputs(9, torch.float32)
    loss = linear_cross_entropy(hidden, weight, bias, torch.full_like(target, -100))
    assert loss.item() == 0, f"loss {loss.item()} where all is ignored"
    loss.backward()
    assert all(t.grad is None or not t.grad.any() for t in (hidden, weight, bias)), "not zero"

    rows = 25_600
    hidden, weight, bias, target = inputs(rows, torch.bfloat16)
    with torch.no_grad():
        hidden += 1
    linear_cross_entropy(hidden, weight, bias, target).backward()
    exact = [one.detach().double().requires_grad_() for one in (hidden, weight, bias)]
    loss = whole(*exact, target)
    loss.backward()
    names = ("hidden", "weight", "bias")
    for name, one, two in zip(names, (hidden, weight, bias), exact, strict=True):
        assert one.grad.dtype == torch.bfloat16, f"gradient of {name} in {one.grad.dtype}"
        off = ((one.grad.double() - two.grad).norm() / two.grad.norm()).item()
        assert off < 0.01, f"bfloat16, {rows} rows: gradient of {name} off by {off:.1%}"


if __name__ == "__main__":
    check()
    print("held")
