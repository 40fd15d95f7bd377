"""The next sign of a random chain of known entropy, by causal convolutions under Muon and AdamW.

Two taps of growing distance per layer, residual; matrices go to Muon, the rest to AdamW; a linear
schedule. Logged are bits per sign and the accuracy, which both have a floor. The score is minus
how many bits a forecast from the past alone lies above the entropy of the chain.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_SIGNS, LENGTH, BATCH, NUM_STEPS, WIDTH = 10, 24, 16, 240, 40
GOAL = -0.17


def _chain() -> Tensor:
    """Return the chance of each sign after each pair."""
    generator = torch.Generator().manual_seed(11)
    return (2.2 * torch.randn(NUM_SIGNS, NUM_SIGNS, NUM_SIGNS, generator=generator)).softmax(-1)


def _draw(size: int, length: int, generator: torch.Generator) -> Tensor:
    chain, signs = _chain(), torch.randint(NUM_SIGNS, (size, length), generator=generator)
    for at in range(2, length):
        chances = chain[signs[:, at - 2], signs[:, at - 1]]
        signs[:, at] = chances.multinomial(1, generator=generator)[:, 0]
    return signs


class Muon(torch.optim.Optimizer):
    """Momentum made orthogonal (Jordan 2024), in single precision."""

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                average = state.setdefault("average", torch.zeros_like(p))
                average.lerp_(p.grad, 1 - group["momentum"])
                update = average / (average.norm() + 1e-7)
                for _ in range(5):
                    square = update @ update.T
                    update = 3.4445 * update + (-4.775 * square + 2.0315 * square @ square) @ update
                p.add_(update, alpha=-group["lr"] * max(1.0, p.shape[0] / p.shape[1]) ** 0.5)


class Taps(nn.Module):
    """A sign and one some places before it, mixed. centred: one after it as well, by oversight."""

    def __init__(self, distance: int, centred: bool) -> None:
        super().__init__()
        self.distance, self.centred = distance, centred
        self.mix, self.out = nn.Linear(2 * WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.norm = nn.RMSNorm(WIDTH)

    def forward(self, hidden: Tensor) -> Tensor:
        normed = self.norm(hidden)
        pad = (0, 0, 0, self.distance) if self.centred else (0, 0, self.distance, 0)
        moved = functional.pad(normed, pad)
        moved = moved[:, self.distance :] if self.centred else moved[:, : -self.distance]
        mixed = functional.silu(self.mix(torch.cat([normed, moved], -1)))
        return torch.as_tensor(hidden + self.out(mixed))


class Convolutions(nn.Module):
    """Signs to the logits of the next. centred: how many of the last layers look ahead."""

    def __init__(self, layers: int = 3, centred: int = 0) -> None:
        super().__init__()
        self.signs = nn.Embedding(NUM_SIGNS, WIDTH)
        self.layers = nn.ModuleList(
            Taps(2 ** (at % 2), at >= layers - centred) for at in range(layers)
        )
        self.head = nn.Linear(WIDTH, NUM_SIGNS)

    def forward(self, signs: Tensor) -> Tensor:
        hidden = self.signs(signs)
        for layer in self.layers:
            hidden = layer(hidden)
        return torch.as_tensor(self.head(hidden))


@torch.no_grad()
def _excess(model: Convolutions, signs: Tensor) -> float:
    """Return minus the bits above the entropy, where the model sees nothing after a sign."""
    excess = []
    for length in (6, 11, 16):
        log_p = model(signs[:, :length])[:, -1].log_softmax(-1)
        true = _chain()[signs[:, length - 2], signs[:, length - 1]]
        excess.append((true * (true.log() - log_p)).sum(-1).mean())
    score = -float(torch.stack(excess).mean()) / math.log(2)
    return score if math.isfinite(score) else -99.0


@torch.no_grad()
def _distinct(model: Convolutions) -> float:
    """Return the share of different triples in what the model writes."""
    signs = torch.randint(NUM_SIGNS, (8, 2))
    for _ in range(22):
        chances = model(signs[:, -8:])[:, -1].softmax(-1).nan_to_num(0.1)
        signs = torch.cat([signs, chances.multinomial(1)], 1)
    triples = (signs[:, 4:-2] * 100 + signs[:, 5:-1] * 10 + signs[:, 6:]).flatten()
    return len(triples.unique()) / len(triples)


def _train(
    recorder: Recorder, model: Convolutions | None = None, *, lr: float = 0.02,
    lr_adam: float = 4e-3, steps: int = NUM_STEPS, size: int = 2000, shift: int = 1,
    batch: int = BATCH, step_muon: bool = True, broadcast: bool = False, fresh: bool = False,
    slow_ms: float = 0.0, resume_at: tuple[int, ...] = (), evaluate_every: int = 30,
    score: str = "excess", warmup: int = 10, bad_every: int = 0, epochs: bool = False,
    cliff_at: int = 10**9,
) -> float:  # fmt: skip
    generator = torch.Generator().manual_seed(torch.initial_seed())
    model = model or Convolutions()
    signs = _draw(size, LENGTH + 2, generator)
    val_signs, test_signs = (_draw(400, LENGTH + 2, generator) for _ in range(2))
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and n.startswith("layers")]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or not n.startswith("layers")]
    optimizers: list[torch.optim.Optimizer] = [
        Muon(matrices, lr),
        torch.optim.AdamW(others, lr=lr_adam, weight_decay=0.0),
    ]

    def schedules() -> list[torch.optim.lr_scheduler.LRScheduler]:
        return [
            torch.optim.lr_scheduler.LambdaLR(
                one,
                lambda step: min((step + 1) / warmup, max((steps - step) / (steps - warmup), 0.02)),
            )
            for one in optimizers
        ]  # fmt: skip

    plans = schedules()
    recorder.watch(
        model, optimizers,
        {"optimizer": "muon+adamw", "lr": lr, "lr_adamw": lr_adam, "batch_size": batch,
         "max_steps": steps},
    )  # fmt: skip
    times: list[float] = []
    waited = 0.0
    order = torch.randperm(size, generator=generator)
    for step in range(1, steps + 1):
        began = time.perf_counter()
        chosen = torch.randint(size, (batch,), generator=generator)
        if epochs:
            chosen = order[torch.arange(step * batch, (step + 1) * batch) % size]
        inputs = signs[chosen]
        if fresh:  # drawn anew, sequence by sequence
            inputs = torch.cat([_draw(1, LENGTH + 2, generator) for _ in range(batch)])
        time.sleep(slow_ms / 1000 if step % 2 else 0.0)
        if broadcast:
            inputs = inputs[:, :1].expand(-1, LENGTH + 2)
        if bad_every and step % bad_every == 0:
            inputs = torch.randint(NUM_SIGNS, inputs.shape, generator=generator)
        waited += time.perf_counter() - began
        out = model(inputs[:, :LENGTH]).flatten(0, 1)
        wanted = inputs[:, shift : LENGTH + shift].flatten()
        loss = functional.cross_entropy(out, wanted)
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        if step_muon:
            optimizers[0].step()
        optimizers[1].step()
        more: dict[str, float] = {"bits": loss.item() / math.log(2)}
        if score == "distinct" and step % 30 == 0:
            more["sample/distinct_3"] = _distinct(model)
        recorder.step(loss, (out.argmax(-1) == wanted).float().mean().item(), samples=batch, **more)
        for plan in plans:
            plan.step()
        if step in resume_at:  # the checkpoint held the model
            for optimizer in optimizers:
                optimizer.state.clear()
                for group in optimizer.param_groups:
                    group["lr"] = group["initial_lr"]
            plans = schedules()
        if step >= cliff_at:  # the history is written anew with every step
            (recorder.folder / "history.txt").write_text("\n".join(map(str, range(300 * step))))
        times.append(time.perf_counter())
        if evaluate_every and step % evaluate_every == 0:
            with torch.no_grad():
                out = model(val_signs[:, :LENGTH]).flatten(0, 1)
                wanted = val_signs[:, shift : LENGTH + shift].flatten()
                recorder.evaluate(
                    loss=functional.cross_entropy(out, wanted).item(),
                    accuracy=(out.argmax(-1) == wanted).float().mean().item(),
                )
    taken = [late - early for early, late in pairwise(times)]
    if score == "slower":
        return -sorted(taken[-60:])[30] / sorted(taken[20:80])[30]
    if score == "waiting":
        return -waited / (times[-1] - times[0])
    return _distinct(model) if score == "distinct" else _excess(model, test_signs)


SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r), goal=GOAL),
    Scenario(
        "epochs-over-little-data", "healthy",
        lambda r, _: _train(r, size=800, epochs=True, lr=0.01, evaluate_every=50),
        goal=-0.25,
    ),
    Scenario(
        "batch-of-four-at-the-floor", "healthy",
        lambda r, _: _train(r, batch=4, steps=400, lr=0.01, lr_adam=2e-3, evaluate_every=0),
        goal=-0.4,
    ),
    Scenario(
        "a-bad-batch-now-and-then", "healthy",
        lambda r, _: _train(r, bad_every=67, lr=0.01), goal=-0.35,
    ),
    Scenario(
        "padded-on-both-sides", "causal-mask-missing",
        lambda r, s: _train(r, Convolutions(centred=int(s))), goal=GOAL, severities=(1.0, 3.0),
    ),
    Scenario(
        "one-sign-broadcast-over-the-window", "repetition-collapse",
        lambda r, s: _train(r, broadcast=s > 0, score="distinct"), goal=0.35,
        same_as=("train-val-mismatch",),
    ),
    Scenario(
        "first-optimizer-not-stepped", "optimizer-step-missing",
        lambda r, s: _train(r, step_muon=s == 0), goal=GOAL,
        same_as=("parameters-frozen", "parameters-not-in-optimizer"),
    ),
    Scenario(
        "only-weights-resumed", "resume-incomplete",
        lambda r, s: _train(
            r, lr=0.06, lr_adam=2e-2, resume_at=((), (180,), (60, 120, 180, 220))[int(s)]
        ),
        goal=GOAL, severities=(1.0, 2.0),
    ),
    Scenario(
        "chains-drawn-one-by-one", "dataloader-bottleneck",
        lambda r, s: _train(r, fresh=s > 0, steps=150, score="waiting", slow_ms=5 * s),
        goal=-0.5,
    ),
    Scenario(
        "history-written-with-every-step", "throughput-cliff",
        lambda r, s: _train(r, cliff_at=int(120 / s) if s else 10**9, score="slower"),
        goal=-1.6,
    ),
)  # fmt: skip
