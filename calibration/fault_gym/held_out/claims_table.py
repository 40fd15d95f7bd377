"""Insurance claims, one in five of them fraud, by an MLP on columns of many units under Adam."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_COLUMNS, NUM_VAL = 12, 2000
SCALES = torch.tensor([1.0, 1.0, 3e3, 2e2, 0.05, 40.0, 1.0, 1e4, 1.0, 12.0, 0.5, 1.0])
MEANS = torch.tensor([0.0, 2.0, 9e3, 400.0, 0.1, 45.0, 0.0, 3e4, 1.0, 60.0, 0.0, 0.0])


def _claims(count: int, share: float, noise: float, generator: torch.Generator) -> list[Tensor]:
    """Return columns `(count, 12)` in their own units and 0 or 1, of which `share` are 1."""
    latent = torch.randn(count, NUM_COLUMNS, generator=generator)
    a, b, c, d, e, f = latent[:, :6].unbind(1)
    risk = a * b + 1.2 * (c - 0.3 * d).abs() + torch.sin(2 * e) + 0.5 * f
    risk = risk + noise * torch.randn(count, generator=generator)
    fraud = (risk > risk.quantile(1 - share)).float()
    return [latent * SCALES + MEANS, fraud]


class Scaler:
    """Mean and deviation of each column of what it was fitted on."""

    def __init__(self, table: Tensor) -> None:
        self.mean, self.std = table.nanmean(0), table[~table.isnan().any(1)].std(0)

    def __call__(self, table: Tensor) -> Tensor:
        return (table - self.mean) / self.std


@dataclass(frozen=True)
class Setup:
    """What one program does differently from the plain one."""

    lr: float = 3e-3
    batch: int = 64
    num_steps: int = 400
    num_train: int = 6000
    share: float = 0.35
    noise: float = 0.3
    hidden: int = 64
    dropout: float = 0.0
    eps: float = 1e-8
    weight_decay: float = 0.0
    clip: float = 0.0
    positive_weight: float = 1.0
    scales: str = "both"  # which parts the scaler is applied to: both, train, none
    loss: str = "logits"
    evaluates_every: int = 50
    evaluates_in_training_mode: bool = False
    logs_accuracy: bool = True
    zero_weights: bool = False
    skips_steps: bool = False
    missing_cells: int = 0  # rows of the table with an empty cell
    hides: str = ""  # how a loss that is not finite is logged
    spoil: Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor]] | None = None


def _model(setup: Setup, num_columns: int) -> nn.Sequential:
    model = nn.Sequential(
        nn.Linear(num_columns, setup.hidden), nn.ReLU(), nn.Dropout(setup.dropout),
        nn.Linear(setup.hidden, setup.hidden), nn.ReLU(), nn.Dropout(setup.dropout),
        nn.Linear(setup.hidden, 1),
    )  # fmt: skip
    if setup.zero_weights:
        for parameter in model.parameters():
            nn.init.zeros_(parameter)
    return model


def _loss(setup: Setup, out: Tensor, fraud: Tensor) -> Tensor:
    """Return the loss of logits `(n, 1)` for fraud `(n,)`."""
    if setup.loss == "log of a probability":
        p = torch.sigmoid(out.squeeze(1))
        return -(fraud * torch.log(p) + (1 - fraud) * torch.log(1 - p)).mean()
    if setup.loss == "squared error, shapes apart":
        return ((torch.sigmoid(out) - fraud) ** 2).mean()
    if setup.loss == "squared error":
        return ((torch.sigmoid(out).squeeze(1) - fraud) ** 2).mean()
    if setup.loss == "sigmoid twice":
        out = torch.sigmoid(out)
    weight = torch.tensor(setup.positive_weight)
    return functional.binary_cross_entropy_with_logits(out.squeeze(1), fraud, pos_weight=weight)


def _logged(setup: Setup, loss: float, before: float) -> float:
    """Return what is logged for a loss, given the value logged before it."""
    if math.isfinite(loss) or not setup.hides:
        return loss
    return before if setup.hides == "keep the last" else 0.0


def _balanced(model: nn.Module, table: Tensor, fraud: Tensor) -> float:
    """Return the mean of the recalls of both classes, in evaluation mode."""
    model.eval()
    with torch.no_grad():
        out = model(table).squeeze(1)
    model.train()
    said, true = out > 0, fraud > 0.5
    return float((said[true].float().mean() + (~said[~true]).float().mean()) / 2)


def _evaluate(setup: Setup, model: nn.Module, table: Tensor, fraud: Tensor) -> dict[str, float]:
    if not setup.evaluates_in_training_mode:
        model.eval()
    with torch.no_grad():
        out = model(table)
        loss = _loss(setup, out, fraud).item()
    model.train()
    found = {"loss": loss}
    if setup.logs_accuracy:
        found["accuracy"] = ((out.squeeze(1) > 0) == (fraud > 0.5)).float().mean().item()
    return found


def _tables(setup: Setup, generator: torch.Generator) -> list[Tensor]:
    """Return columns and classes for training and for validation, and honest ones."""
    table, fraud = _claims(setup.num_train, setup.share, setup.noise, generator)
    val = _claims(NUM_VAL, setup.share, setup.noise, generator)
    honest = [val[0].clone(), val[1]]
    if setup.spoil is not None:
        table, fraud = setup.spoil(table, fraud, generator)
        if table.shape[1] > NUM_COLUMNS:  # made of what the whole file holds
            val = list(setup.spoil(val[0], val[1], generator))
            honest[0] = torch.cat([honest[0], torch.zeros(NUM_VAL, 1)], dim=1)
    rows = torch.randperm(setup.num_train, generator=generator)[: setup.missing_cells]
    table[rows, 5] = float("nan")
    if setup.scales != "none":
        scaler = Scaler(table)
        table = scaler(table)
        honest[0] = scaler(honest[0])
        if setup.scales == "both":
            val[0] = scaler(val[0])
    return [table, fraud, *val, *honest]


def _fit(recorder: Recorder, setup: Setup) -> tuple[nn.Module, list[Tensor], dict[str, float]]:
    """Train; return the model, the tables and the last evaluation."""
    generator = torch.Generator().manual_seed(torch.initial_seed() + 23)
    tables = _tables(setup, generator)
    table, fraud, val_table, val_fraud = tables[:4]
    model = _model(setup, table.shape[1])
    optimizer = torch.optim.Adam(
        model.parameters(), lr=setup.lr, eps=setup.eps, weight_decay=setup.weight_decay
    )
    recorder.watch(model, optimizer, {
        "optimizer": "adam", "lr": setup.lr, "eps": setup.eps, "batch_size": setup.batch,
        "weight_decay": setup.weight_decay, "dropout": setup.dropout, "hidden": setup.hidden,
        "train_size": len(table),
    })  # fmt: skip
    order, shown, last = torch.empty(0, dtype=torch.long), 0.0, {"loss": 0.0}
    for step in range(1, setup.num_steps + 1):
        if len(order) < setup.batch:
            order = torch.randperm(len(table), generator=generator)
        chosen, order = order[: setup.batch], order[setup.batch :]
        optimizer.zero_grad()
        out = model(table[chosen])
        loss = _loss(setup, out, fraud[chosen])
        loss.backward()
        more: dict[str, float] = {}
        if setup.clip:
            more["grad_norm"] = nn.utils.clip_grad_norm_(model.parameters(), setup.clip).item()
        if not setup.skips_steps:
            optimizer.step()
        if setup.logs_accuracy:
            right = (out.squeeze(1) > 0) == (fraud[chosen] > 0.5)
            more["accuracy"] = right.float().mean().item()
        shown = _logged(setup, loss.item(), shown)
        recorder.step(shown, samples=setup.batch, **more)
        if setup.evaluates_every and step % setup.evaluates_every == 0:
            last = _evaluate(setup, model, val_table, val_fraud)
            if math.isfinite(last["loss"]) or not setup.hides:
                recorder.evaluate(**last)
    return model, tables, last


def _train(recorder: Recorder, setup: Setup) -> float:
    """Train; return the balanced accuracy on honest claims."""
    model, tables, _ = _fit(recorder, setup)
    return _balanced(model, tables[4], tables[5])


def _report(recorder: Recorder, setup: Setup) -> float:
    """Train; return minus how far the last evaluation is from an honest one."""
    model, tables, last = _fit(recorder, setup)
    with torch.no_grad():
        honest = _loss(setup, model.eval()(tables[4]), tables[5]).item()
    return -abs(last["loss"] - honest)


def _shuffle_part(share: float) -> Callable[..., tuple[Tensor, Tensor]]:
    def spoil(table: Tensor, fraud: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        wrong = torch.rand(len(fraud), generator=generator) < share
        coin = (torch.rand(len(fraud), generator=generator) < 0.5).float()
        return table, torch.where(wrong, coin, fraud)

    return spoil


def _drop_first_row(table: Tensor, fraud: Tensor, _: torch.Generator) -> tuple[Tensor, Tensor]:
    """Filter a row out of the table, but not out of the classes."""
    return table, fraud.roll(1)


def _add_payout(strength: float) -> Callable[..., tuple[Tensor, Tensor]]:
    """Return what adds a column that was only known once the claim was settled."""

    def spoil(table: Tensor, fraud: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        noise = torch.randn(len(fraud), generator=generator) / strength
        return torch.cat([table, (1 - fraud + noise)[:, None]], dim=1), fraud

    return spoil


def _healthy(name: str, goal: float, setup: Setup) -> Scenario:
    return Scenario(name, "healthy", lambda r, _: _train(r, setup), goal=goal)


SCENARIOS = (
    _healthy("plain", 0.8, Setup()),
    _healthy("noise-floor", 0.55, Setup(noise=2.5, lr=1e-3)),
    _healthy("one-in-ten", 0.7, Setup(share=0.1, num_steps=600)),
    _healthy("weighted", 0.75, Setup(share=0.08, positive_weight=8.0, num_steps=500)),
    _healthy("dropout", 0.74, Setup(dropout=0.3)),
    _healthy("ten-epochs", 0.78, Setup(num_train=3000, num_steps=450, weight_decay=1e-4)),
    _healthy("no-accuracy", 0.74, Setup(logs_accuracy=False, lr=1e-3, evaluates_every=200)),
    Scenario(
        "columns-in-own-units", "inputs-not-normalised",
        lambda r, s: _train(r, Setup(scales="none" if s else "both", lr=3e-3 / max(s, 1))),
        goal=0.76, severities=(1.0, 5.0),
    ),
    Scenario(
        "one-in-a-hundred", "class-imbalance",
        lambda r, s: _train(r, Setup(share=0.03 / s if s else 0.35, noise=0.6, num_steps=300)),
        goal=0.66, severities=(1.0, 3.0),
    ),
    Scenario(
        "payout-column", "data-leakage",
        lambda r, s: _train(r, Setup(spoil=_add_payout(s) if s else None)), goal=0.76,
        severities=(3.0, 20.0),
    ),
    Scenario(
        "clerks-disagree", "label-noise",
        lambda r, s: _train(r, Setup(spoil=_shuffle_part(s))), goal=0.76,
        severities=(0.77, 0.87),
    ),
    Scenario(
        "off-by-a-row", "labels-wrong",
        lambda r, s: _train(r, Setup(spoil=_drop_first_row if s else None)), goal=0.7,
    ),
    Scenario(
        "step-forgotten", "optimizer-step-missing",
        lambda r, s: _train(r, Setup(skips_steps=s > 0)), goal=0.7,
        same_as=("parameters-not-in-optimizer",),
    ),
    Scenario(
        "large-epsilon", "adam-epsilon-too-large",
        lambda r, s: _train(r, Setup(eps=s or 1e-8)), goal=0.76, severities=(0.06, 0.5),
    ),
    Scenario(
        "empty-cells", "bad-batch",
        lambda r, s: _train(r, Setup(missing_cells=round(10 * s))), goal=0.7,
        severities=(0.5, 4.0),
    ),
    Scenario(
        "nan-counted-as-zero", "nan-hidden-by-logger",
        lambda r, s: _train(r, Setup(missing_cells=6 if s else 0, hides="zero")), goal=0.7,
    ),
    Scenario(
        "nan-repeats-the-last", "nan-hidden-by-logger",
        lambda r, s: _train(r, Setup(missing_cells=6 if s else 0, hides="keep the last")), goal=0.7,
    ),
    Scenario(
        "log-of-sigmoid", "log-of-zero",
        lambda r, s: _train(r, Setup(
            loss="log of a probability" if s else "logits", scales="both", lr=0.02 * max(s, 0.5),
            noise=0.0, num_steps=500,
        )), goal=0.76, severities=(1.5, 3.0),
    ),
    Scenario(
        "scaler-in-training-alone", "train-val-mismatch",
        lambda r, s: _report(r, Setup(scales="train" if s else "both")), goal=-0.2,
    ),
    Scenario(
        "dropout-while-evaluating", "train-mode-while-evaluating",
        lambda r, s: _report(r, Setup(
            dropout=0.3 + 0.2 * s, evaluates_in_training_mode=s > 0, noise=0.0, num_steps=500
        )), goal=-0.02, severities=(1.0, 1.5),
    ),
    Scenario(
        "three-hundred-claims", "overfitting",
        lambda r, s: _train(r, Setup(num_train=round(300 / s) if s else 6000, hidden=128)),
        goal=0.76, severities=(1.2, 2.0),
    ),
    Scenario(
        "zero-weights", "bad-initialisation",
        lambda r, s: _train(r, Setup(zero_weights=s > 0)), goal=0.7,
    ),
    Scenario(
        "squared-error-of-all-pairs", "target-shape-broadcast",
        lambda r, s: _train(r, Setup(loss="squared error" + (", shapes apart" if s else ""))),
        goal=0.7,
    ),
    Scenario(
        "sigmoid-before-the-loss", "softmax-twice",
        lambda r, s: _train(r, Setup(
            loss="sigmoid twice" if s else "logits", lr=2e-3 / max(s, 1), num_steps=300
        )), goal=0.72, severities=(1.0, 3.0),
    ),
    Scenario(
        "decay-in-adam", "weight-decay-too-high",
        lambda r, s: _train(r, Setup(weight_decay=0.03 * s)), goal=0.76, severities=(1.4, 4.0),
    ),
)  # fmt: skip
