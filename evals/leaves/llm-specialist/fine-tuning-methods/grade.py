"""LoRA over a bfloat16 base: swaps that leave no trace, adapters that train at small rates."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from subprocess import TimeoutExpired


def grade(folder: Path) -> str | None:
    """None where the layer passes, else the first thing that is wrong."""
    from forked import run

    try:
        done = run([__file__], folder, 60)
    except TimeoutExpired:
        return "it takes more than 60 s"
    lines = (done.stderr or done.stdout).strip().splitlines() or ["it ended without a word"]
    return None if done.returncode == 0 else lines[-1]


def main() -> None:
    sys.path.insert(0, str(Path.cwd()))
    import torch
    from torch import nn

    LoRALinear = import_module("solution").LoRALinear
    torch.set_num_threads(1)
    torch.manual_seed(0)
    base = nn.Linear(48, 32).to(torch.bfloat16)
    loaded, bias = base.weight.detach().clone(), base.bias.detach().clone()
    x = torch.randn(64, 48, dtype=torch.bfloat16)
    layer = LoRALinear(base, 4, 8.0)
    assert torch.equal(layer(x), nn.functional.linear(x, loaded, bias)), "a fresh layer changes x"
    training = {name for name, p in layer.named_parameters() if p.requires_grad}
    assert training == {"A", "B"}, f"what trains is {sorted(training)}"

    def wanted(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
        weight = loaded.double() + 2 * (B.double() @ A.double())
        return x.double() @ weight.T + bias.double()

    def near(A: torch.Tensor, B: torch.Tensor, where: str) -> None:
        out = layer(x)
        assert out.dtype is torch.bfloat16, f"{where}: the result is {out.dtype}"
        error = (out.double() - wanted(A, B)).norm() / wanted(A, B).norm()
        assert error < 0.01, f"{where}: relative error {error:.3f}"

    adapters = [(0.2 * torch.randn(4, 48), 0.2 * torch.randn(32, 4)) for _ in range(7)]
    one, two = adapters[:2]
    layer.load(*one)
    near(*one, "loaded")
    layer.merge()
    layer.merge()
    near(*one, "merged twice")
    layer.load(*two)
    near(*two, "loaded while merged")
    layer.unmerge()
    layer.unmerge()
    near(*two, "unmerged")
    assert torch.equal(layer.base.weight, loaded), "unmerging does not give the base back"
    for n in range(2000):
        layer.load(*adapters[n % 7])
        layer.merge()
        layer.unmerge()
    assert torch.equal(layer.base.weight, loaded), "the base has drifted after 2,000 swaps"
    assert layer.base.weight.dtype is torch.bfloat16, "the base is no longer bfloat16"

    layer = LoRALinear(base, 4, 8.0)
    layer.load(*one)
    optimizer = torch.optim.AdamW([layer.A, layer.B], lr=1e-5, weight_decay=0.0)
    target = wanted(*two)
    for _ in range(100):
        optimizer.zero_grad()
        (layer(x).double() - target).square().mean().backward()
        optimizer.step()
    for name, start in (("A", one[0]), ("B", one[1])):
        moved = (getattr(layer, name).double() - start.double()).abs().mean().item()
        assert moved > 3e-4, f"{name} moves by {moved:.1e} in 100 steps of AdamW at 1e-5"
    assert torch.equal(base.weight, loaded), "training moved the base"


if __name__ == "__main__":
    main()
