"""A KL penalty on samples: its expectation and gradient against all completions enumerated."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from subprocess import TimeoutExpired


def grade(folder: Path) -> str | None:
    """None where the function passes, else the first thing that is wrong."""
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

    kl_terms = import_module("solution").kl_terms
    torch.set_num_threads(1)
    torch.manual_seed(0)
    # Three tokens of which 0 ends; at most three tokens. A row of logits for each prefix.
    prefixes = [(), (1,), (2,), (1, 1), (1, 2), (2, 1), (2, 2)]
    completions = [(0,), *((a, 0) for a in (1, 2))]
    completions += [(a, b, c) for a in (1, 2) for b in (1, 2) for c in (0, 1, 2)]
    policy = torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    reference = policy.detach() + torch.randn(7, 3, dtype=torch.float64)

    def token_logps(logits: torch.Tensor, completion: tuple[int, ...]) -> list[torch.Tensor]:
        table = logits.log_softmax(-1)
        return [table[prefixes.index(completion[:t]), a] for t, a in enumerate(completion)]

    def whole(logits: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.stack(token_logps(logits, c)).sum() for c in completions])

    chances = whole(policy).exp()
    assert abs(float(chances.sum()) - 1) < 1e-12
    divergence = (chances * (whole(policy) - whole(reference))).sum()
    wanted = torch.autograd.grad(divergence, policy)[0]

    def padded(logits: torch.Tensor, rows: list[tuple[int, ...]], junk: float) -> torch.Tensor:
        return torch.stack(
            [
                torch.stack(
                    [*token_logps(logits, c), *[torch.tensor(junk).double()] * (3 - len(c))]
                )
                for c in rows
            ]
        )

    gradient, value = torch.zeros_like(policy), 0.0
    for completion, chance in zip(completions, chances.tolist(), strict=True):
        mask = torch.tensor([[1.0] * len(completion) + [0.0] * (3 - len(completion))]).double()
        loss, shown = kl_terms(
            padded(policy, [completion], -7.0), padded(reference, [completion], 9.0), mask
        )
        assert not shown.requires_grad, "kl_value is not detached"
        gradient += chance * torch.autograd.grad(loss, policy)[0]
        value += chance * float(shown)
    apart = abs(value - divergence.item())
    assert apart < 1e-9, f"kl_value is {value:.4f} on average where the KL is {divergence:.4f}"
    error = ((gradient - wanted).norm() / wanted.norm()).item()
    assert error < 1e-9, f"the mean gradient is off by {error:.0%} of the KL's gradient"

    rows = [completions[i] for i in (0, 1, 5, 8)]
    mask = torch.tensor([[1.0] * len(c) + [0.0] * (3 - len(c)) for c in rows]).double()
    together = kl_terms(padded(policy, rows, -7.0), padded(reference, rows, 9.0), mask)
    slope = torch.autograd.grad(together[0], policy)[0]
    apart_slope = torch.zeros_like(policy)
    shown_values = []
    for row, kept in zip(rows, mask, strict=True):
        one = kl_terms(padded(policy, [row], 1.0), padded(reference, [row], 0.0), kept[None])
        apart_slope += torch.autograd.grad(one[0], policy)[0] / 4
        shown_values.append(float(one[1]) / 4)
    assert abs(float(together[1]) - sum(shown_values)) < 1e-9, "a batch is not the mean of its rows"
    # A baseline over the batch is allowed: the mean gradient of pairs must still be right.
    if not torch.allclose(slope, apart_slope):
        pair_slope = torch.zeros_like(policy)
        for a, chance_a in zip(completions, chances.tolist(), strict=True):
            for b, chance_b in zip(completions, chances.tolist(), strict=True):
                kept = torch.tensor([[1.0] * len(c) + [0.0] * (3 - len(c)) for c in (a, b)])
                loss, _ = kl_terms(
                    padded(policy, [a, b], -7.0), padded(reference, [a, b], 9.0), kept.double()
                )
                pair_slope += chance_a * chance_b * torch.autograd.grad(loss, policy)[0]
        error = ((pair_slope - wanted).norm() / wanted.norm()).item()
        assert error < 1e-9, f"in batches of two the mean gradient is off by {error:.0%}"


if __name__ == "__main__":
    main()
