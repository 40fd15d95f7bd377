"""A small language model is made to know one dialect, and then tuned on another: whole, or by LoRA.

A text begins with the mark of its dialect. The old dialect is evaluated all along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from fault_gym import planting as plant
from fault_gym.fitted.decoders import (
    Decoder,
    decoder,
    likelihood,
    sharp_loss,
    sharp_loss_by_hand,
    token_accuracy,
    token_loss,
)
from fault_gym.planting import Plant, healthy, planted
from fault_gym.program import Data, Net, Pair, Program

VOCABULARY, LENGTH, NUM_WORDS = 26, 16, 10


def _texts(count: int, dialect: int, rng: torch.Generator) -> Pair:
    """Return texts of one dialect; each has its own words and order of them."""
    fixed = torch.Generator().manual_seed(101 + dialect)
    words = torch.randint(4, VOCABULARY, (NUM_WORDS, 3), generator=fixed).tolist()
    after = torch.randint(NUM_WORDS, (NUM_WORDS, 2), generator=fixed).tolist()
    rows = []
    for start in torch.randint(NUM_WORDS, (count,), generator=rng).tolist():
        word, written = start, [1 + dialect]
        for pick in torch.randint(2, (LENGTH // 3 + 1,), generator=rng).tolist():
            written += words[word]
            word = after[word][pick]
        rows.append(written[: LENGTH + 1])
    texts = torch.tensor(rows)
    return texts[:, :-1].contiguous(), texts[:, 1:].contiguous()


def _data(
    count: int = 1024, old: float = 0.3, dialect: int = 1
) -> Callable[[torch.Generator], Data]:
    """old: the share of texts of the old dialect among those to be tuned on."""

    def made(rng: torch.Generator) -> Data:
        kept = _texts(int(old * count), 0, rng) if old else None
        new = _texts(count - int(old * count), dialect, rng)
        if kept is not None:
            new = torch.cat([new[0], kept[0]]), torch.cat([new[1], kept[1]])
        order = torch.randperm(count, generator=rng)
        return Data(
            (new[0][order], new[1][order]), _texts(192, dialect, rng), _texts(256, dialect, rng)
        )

    return made


def _taught(model: Net) -> None:
    """Teach the old dialect, before anything is logged."""
    rng = torch.Generator().manual_seed(torch.initial_seed())
    inputs, targets = _texts(1024, 0, rng)
    optimizer = torch.optim.Adam(model.parameters(), 6e-3)
    for _ in range(160):
        chosen = torch.randint(len(inputs), (32,), generator=rng)
        optimizer.zero_grad()
        token_loss(model(inputs[chosen]), targets[chosen]).backward()
        optimizer.step()
    model.zero_grad()


class Lora(nn.Module):
    """A linear layer that stays, and a product of two thin ones that is added to it."""

    def __init__(self, base: nn.Linear, rank: int, spread: float) -> None:
        super().__init__()
        self.base = base
        self.lora_A = nn.Linear(base.in_features, rank, bias=False)
        self.lora_B = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.lora_B.weight)
        with torch.no_grad():
            self.lora_A.weight.mul_(spread)

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum of both."""
        out: Tensor = self.base(x) + 2 * self.lora_B(self.lora_A(x))
        return out


def _lora(rank: int = 8, spread: float = 1.0) -> Callable[[Net], None]:
    def made(model: Net) -> None:
        model.requires_grad_(False)
        for block in cast(Decoder, model.features).blocks:
            for holder, name in ((block.attention, "qkv"), (block, "up"), (block, "down")):
                setattr(holder, name, Lora(getattr(holder, name), rank, spread))
        model.head.requires_grad_(True)

    return made


def _old(model: nn.Module) -> dict[str, float]:
    inputs, targets = _texts(96, 0, torch.Generator().manual_seed(5))
    with torch.no_grad():
        output = model(inputs)
    return {"old_accuracy": token_accuracy(output, targets)}


def _old_loss(model: nn.Module) -> dict[str, float]:
    inputs, targets = _texts(96, 0, torch.Generator().manual_seed(5))
    with torch.no_grad():
        return {"pretrain_loss": token_loss(model(inputs), targets).item()}


def _remembers(model: Net, data: Data, reported: float) -> float:
    return _old(model)["old_accuracy"]


def _forgets(program: Program, severity: float) -> Program:
    """The old dialect is left out, at so many times the rate."""
    return replace(program, data=_data(old=0.0), lr=program.lr * severity)


def _lora_left_out(program: Program, severity: float) -> Program:
    """The optimizer was made for the model as it was before."""
    return replace(program, optimized=lambda name: "lora" not in name)


def _all_frozen(model: Net) -> None:
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name == "head.bias")


def _headless(model: Net) -> None:
    model.head.requires_grad_(False)


def _shifted(data: Data, _: torch.Generator, severity: float) -> Data:
    """Targets are shifted once more."""

    def late(pair: Pair) -> Pair:
        return pair[0][:, :-1], pair[1][:, 1:]

    return replace(data, train=late(data.train), val=late(data.val))


def _prepared(*more: Callable[[Net], None]) -> Plant:
    return plant.settings(prepares=(_taught, *more))


WHOLE = Program(
    _data(), decoder(VOCABULARY, LENGTH, 32, 2), token_loss, likelihood, token_accuracy, "adamw",
    2e-3, num_steps=240, batch=16, schedule=plant.warm_up(0.1, plant.cosine), clip=1.0,
    weight_decay=0.01, eval_every=16, logs=frozenset({"eval/loss"}), prepares=(_taught,),
    measures=_old, config={"method": "full", "warmup_ratio": 0.1},
)  # fmt: skip
LORA = replace(
    WHOLE, lr=1e-2, prepares=(_taught, _lora()), weight_decay=0.0, schedule=plant.warm_up(0.05),
    logs=frozenset({"accuracy", "eval/loss", "eval/accuracy"}), eval_every=24,
    config={"method": "lora", "rank": 8, "alpha": 16},
)  # fmt: skip
SGD = replace(
    WHOLE, optimizer="sgd", lr=0.1, measures=_old_loss, schedule=plant.linear, eval_every=20,
    weight_decay=0.0,
)  # fmt: skip
SAME = replace(
    WHOLE, data=_data(dialect=0, old=0.0), lr=3e-4, logs=frozenset({"eval/loss", "eval/accuracy"})
)
HALF = replace(LORA, half=True, num_steps=140, eval_every=20)
REMEMBERS = replace(WHOLE, judge=_remembers)
GOAL, KEPT = -0.6, 0.5

SCENARIOS = (
    healthy("whole-with-old-texts", REMEMBERS, KEPT),
    healthy("lora", LORA, GOAL),
    healthy("sgd", SGD, GOAL),
    healthy("starts-converged", SAME, GOAL),
    healthy("lora-fp16", HALF, -0.8),
    healthy("lora-of-low-rank", replace(LORA, prepares=(_taught, _lora(3)), measures=None), GOAL),
    planted("catastrophic-forgetting", REMEMBERS, _forgets, KEPT, (1.0, 3.0)),
    planted(
        "catastrophic-forgetting",
        replace(SGD, judge=_remembers),
        _forgets,
        KEPT,
        (1.0, 2.0),
        name="catastrophic-forgetting-sgd",
    ),
    planted(
        "catastrophic-forgetting",
        replace(LORA, judge=_remembers),
        _forgets,
        KEPT,
        (1.0, 2.0),
        name="catastrophic-forgetting-lora",
    ),
    planted("lr-too-high", WHOLE, plant.lr_too_high, GOAL, (2.0, 2.5)),
    planted("lr-too-high", LORA, plant.lr_too_high, GOAL, (1.5, 2.0), name="lr-too-high-lora"),
    planted("lr-too-low", LORA, plant.lr_too_low, GOAL, (2.0, 3.0)),
    planted("parameters-frozen", WHOLE, _prepared(_all_frozen), GOAL),
    planted("parameters-not-in-optimizer", LORA, _lora_left_out, GOAL),
    planted(
        "bad-initialisation",
        LORA,
        _prepared(_lora(spread=0.0), _headless),
        GOAL,
        same_as=("gradients-vanishing",),
    ),
    planted("optimizer-step-missing", SGD, plant.step_missing, GOAL, (1.0, 0.05)),
    planted("zero-grad-missing", replace(SGD, clip=None), plant.zero_grad_missing, GOAL),
    planted("lr-schedule-wrong", WHOLE, plant.lr_zero_early, GOAL, (0.93, 0.97)),
    planted(
        "log-of-zero",
        replace(LORA, lr=2e-2, train_loss=sharp_loss(9.0), score=lambda o, t: likelihood(9 * o, t)),
        plant.settings(train_loss=sharp_loss_by_hand(9.0)),
        -1.8,
    ),
    planted(
        "grad-scaler-stuck",
        HALF,
        plant.settings(
            scale=2.0**12,
            train_loss=lambda o, t: token_loss(o, t) + (o.sum((1, 2)) * 0).abs().sqrt().mean(),
        ),
        -0.8,
    ),
    planted(
        "fp16-overflow",
        replace(HALF, measures=None, scales=False, train_loss=sharp_loss(2.0)),
        lambda p, s: replace(p, train_loss=sharp_loss_by_hand(s)),
        -1.8,
        (1.5, 2.0),
    ),
    planted("labels-wrong", WHOLE, plant.changed(_shifted), GOAL),
    planted(
        "overfitting",
        replace(WHOLE, data=_data(old=0.0), lr=4e-3, num_steps=360, schedule=plant.warm_up(0.1)),
        plant.few_samples,
        GOAL,
        (0.98, 0.985),
    ),
    planted(
        "data-leakage",
        replace(WHOLE, data=_data(24, old=0.0), lr=4e-3, scored_by="gap", num_steps=300),
        plant.val_leaked,
        -0.25,
        (1.0, 0.8),
    ),
    planted("resume-incomplete", LORA, plant.resume_incomplete("head optimizer schedule"), -0.5),
    planted("clipping-too-tight", SGD, plant.clipping_too_tight, GOAL, (2.0, 3.0)),
    planted("stopped-too-early", LORA, plant.stopped_early, GOAL, (10.0, 6.0)),
)
