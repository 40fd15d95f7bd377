"""Loans: classes of a table with numeric and categorical columns, by MLPs with embeddings.

Grades, defaults and reasons of refusal; binary and multi-class, some of them rare.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.fitted.loans import (
    Plan,
    TableNet,
    Then,
    accuracy,
    binary,
    fit,
    make,
    outputs,
    recall,
)
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario


def rate_high(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((3000, 600, 2000), 5)
    lr = {0.0: 0.04, 0.5: 0.55, 1.0: 0.9}[severity]
    model = TableNet(5, 96, 3, act=nn.GELU, norm="layer")
    fit(recorder, model, train, valid, Plan(420, 64, lr, "momentum", "linear", 1e-4, every=47))
    return accuracy(model, test)


def gradients_kept(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((6400, 500, 2000), sharp=9.0)
    model = TableNet(1, 64, 2)
    zeroes = {0.0: "step", 0.5: "epoch", 1.0: "never"}[severity]
    fit(recorder, model, train, valid, Plan(480, 32, 0.15, "sgd", "linear", every=50), binary,
        zeroes=zeroes)  # fmt: skip
    return accuracy(model, test)


def encoder_cut(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((4000, 800, 2000), 6, (12, 30, 9), sharp=9.0)
    model = TableNet(6, 48, 2, (12, 30, 9), residual=True, detached=severity > 0)
    fit(recorder, model, train, valid, Plan(450, 100, 4e-3, "adamw", "warm-cosine", 0.01, 5.0, 30))
    return accuracy(model, test)


def softmax_kept(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((5000, 700, 2000), 7, sharp=9.0)
    network = TableNet(7, 96, 2, norm="batch")
    model = Then(network, nn.Softmax(1) if severity else nn.Identity())
    fit(recorder, model, train, valid, Plan(500, 80, 3e-3, schedule="linear", every=40))
    return -float(F.cross_entropy(outputs(model, test), test.labels))


def defaults_rare(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((6000, 2000, 8000), sharp=1.0, odds=4.2)
    model = TableNet(1, 32, 2, dropout=0.1)
    share = float(train.labels.float().mean())
    loss_of = partial(binary, weight=1.0 if severity else (1 - share) / share)
    fit(recorder, model, train, valid, Plan(500, 128, 2e-3, every=25), loss_of)
    return recall(model, test)


def labels_noisy(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((1500, 500, 2000), 3, sharp=12.0)
    noisy = torch.rand(1500) < severity
    train.labels[noisy] = torch.randint(3, (int(noisy.sum()),))
    model = TableNet(3, 128, 2)
    fit(recorder, model, train, valid, Plan(600, 50, 1e-3, "adamw", "cosine", 0.02, every=30))
    return accuracy(model, test)


def labels_shifted(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((4000, 800, 2000), 4)
    if severity:  # a row was dropped from the features alone
        for table in (train, valid):
            table.labels[25:] = table.labels[25:].roll(1)
    model = TableNet(4, 80, 2, norm="layer")
    fit(recorder, model, train, valid, Plan(440, 64, 2e-3, "rmsprop", "steps", every=25))
    return accuracy(model, test)


def codes_refitted(recorder: Recorder, severity: float) -> float:
    kinds = (14, 20, 8)
    train, valid = make((5000, 1000), 3, kinds, sharp=8.0)
    if severity:  # the encoder of categories was fitted anew on the held-out rows
        for column, kind in enumerate(kinds[: round(3 * severity)]):
            valid.codes[:, column] = torch.randperm(kind)[valid.codes[:, column]]
    model = TableNet(3, 64, 2, kinds, embed=10, dropout=0.1)
    fit(recorder, model, train, valid, Plan(400, 100, 3e-3, "adamw", "one-cycle", 0.05, every=50))
    return accuracy(model, valid)


def known_later(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((4000, 800, 2000), sharp=5.0)
    for table in (train, valid):  # what was recovered is known only after a default
        paid = 1.5 * (table.labels * 2 - 1) + 0.4 * torch.randn(len(table.labels))
        table.numbers[:, 5] = paid if severity else 0.0
    test.numbers[:, 5] = 0.0
    model = TableNet(2, 64, 3, residual=True)
    fit(recorder, model, train, valid, Plan(330, 64, 1e-3, "adamw", "plateau", 0.01, 1.0, 22))
    return accuracy(model, test) - accuracy(model, valid)  # what was promised and is not kept


def sorted_rows(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((3200, 600, 2000), 4)
    plan = Plan(500, 32, 1e-3, every=20, logs=False)
    train = train.rows(train.labels.argsort())
    model = TableNet(4, 64, 2)
    fit(recorder, model, train, valid, plan, shuffled=not severity)
    return accuracy(model, test)


def one_column_softmax(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((4000, 700, 2000))
    model = Then(TableNet(1, 48, 2), nn.Softmax(1) if severity else nn.Sigmoid())

    def loss_of(out: Tensor, labels: Tensor) -> Tensor:
        return F.binary_cross_entropy(out[:, 0], labels.float())

    plan = Plan(280, 64, 2e-3, schedule="cosine", every=28)
    fit(recorder, model, train, valid, plan, loss_of, threshold=0.5)
    return accuracy(model, test, 0.5)


def sigmoids_deep(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((4000, 600, 2000), 3)
    act = nn.Sigmoid if severity else nn.ReLU
    model = TableNet(3, 48, 9, act=act, norm="" if severity else "layer", residual=not severity)
    fit(recorder, model, train, valid, Plan(380, 64, 1e-2, "momentum", "warm-cosine", every=38))
    return accuracy(model, test)


def income_missing(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((24000, 700, 2000), 5)
    if severity:
        train.numbers[torch.randint(24000, (2,)), 0] = torch.nan
    model = TableNet(5, 72, 2, norm="layer")
    fit(recorder, model, train, valid, Plan(400, 60, 3e-3, "adamw", "linear", 0.01, 1.0, 40))
    return accuracy(model, test)


def bare_logs(recorder: Recorder, severity: float) -> float:
    train, valid, test = make((4000, 600, 2000), sharp=40.0)
    for table in (train, valid, test):  # incomes have a long tail
        table.numbers[:, 0] *= torch.exp(0.5 * torch.randn(len(table.labels)))
    model = TableNet(1, 96, 3)

    def loss_of(out: Tensor, labels: Tensor) -> Tensor:
        chance, truth = torch.sigmoid(out[:, 0]), labels.float()
        return -(truth * chance.log() + (1 - truth) * (1 - chance).log()).mean()

    plan = Plan(600, 64, 3e-3, every=30)
    fit(recorder, model, train, valid, plan, loss_of if severity else binary)
    return accuracy(model, test)


def plain(
    recorder: Recorder, severity: float, *, sizes: tuple[int, int] = (4000, 600), classes: int = 2,
    sharp: float = 6.0, odds: float = 0.0, plan: Plan, smooth: float = 0.0,
    net: Callable[[int], nn.Module] = TableNet, recalls: bool = False,
) -> float:  # fmt: skip
    """Train soundly."""
    train, valid, test = make((*sizes, 2000), classes, sharp=sharp, odds=odds)
    model = net(classes)
    loss_of = partial(F.cross_entropy, label_smoothing=smooth)
    fit(recorder, model, train, valid, plan, loss_of, recalls=recalls)
    return accuracy(model, test)


def flags(recorder: Recorder, severity: float) -> float:
    """Sound: refusals follow the parity of three flags, which is found late and at once."""
    kinds = (2,) * 7
    train, valid, test = make((6000, 600, 2000), 2, kinds)
    train, valid, test = (t._replace(labels=t.codes[:, :3].sum(1) % 2, numbers=t.numbers * 0.3)
                          for t in (train, valid, test))  # fmt: skip
    model = TableNet(2, 96, 2, kinds, embed=3)
    fit(recorder, model, train, valid, Plan(700, 128, 0.08, "momentum", every=35))
    return accuracy(model, test)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("grades-momentum-lr-high", "lr-too-high", rate_high, 0.7, severities=(0.5, 1.0)),
    Scenario("defaults-sgd-gradients-kept", "zero-grad-missing", gradients_kept, 0.8,
             severities=(0.5, 1.0)),
    Scenario("reasons-encoder-detached", "graph-detached", encoder_cut, 0.6),
    Scenario("reasons-softmax-in-model", "softmax-twice", softmax_kept, -1.0),
    Scenario("defaults-two-percent", "class-imbalance", defaults_rare, 0.62),
    Scenario("reasons-labels-random", "label-noise", labels_noisy, 0.8, severities=(0.5, 0.8)),
    Scenario("grades-row-dropped", "labels-wrong", labels_shifted, 0.6),
    Scenario("grades-codes-refitted", "train-val-mismatch", codes_refitted, 0.78,
             severities=(0.34, 1.0)),
    Scenario("defaults-recovered-amount", "data-leakage", known_later, -0.1),
    Scenario("grades-sorted", "data-not-shuffled", sorted_rows, 0.65),
    Scenario("defaults-softmax-of-one", "output-constant", one_column_softmax, 0.75),
    Scenario("grades-deep-sigmoid", "gradients-vanishing", sigmoids_deep, 0.6),
    Scenario("grades-income-nan", "bad-batch", income_missing, 0.6),
    Scenario("defaults-bare-log", "log-of-zero", bare_logs, 0.8),
    Scenario("defaults-small-sgd", "healthy",
             partial(plain, sizes=(1200, 400), net=partial(TableNet, width=32, depth=1),
                     plan=Plan(300, 40, 0.05, "momentum", "cosine", 1e-4, every=30)), 0.75),
    Scenario("grades-dropout-one-cycle", "healthy",
             partial(plain, sizes=(8000, 800), classes=5,
                     net=partial(TableNet, width=112, depth=3, norm="batch", dropout=0.4),
                     plan=Plan(320, 128, 6e-3, "adamw", "one-cycle", 0.05, every=25)), 0.6),
    Scenario("defaults-batches-of-four", "healthy",
             partial(plain, net=partial(TableNet, width=48, depth=3, residual=True),
                     plan=Plan(900, 4, 0.01, "sgd", every=90)), 0.7),
    Scenario("refusals-parity-of-flags", "healthy", flags, 0.95),
    Scenario("defaults-at-the-floor", "healthy",
             partial(plain, sharp=0.6, net=partial(TableNet, width=24, depth=1),
                     plan=Plan(380, 128, 1e-3, "rmsprop", "linear", 1e-3, every=19, logs=False)),
             0.57),
    Scenario("reasons-restarts-smoothed", "healthy",
             partial(plain, sizes=(5000, 700), classes=8, sharp=9.0, smooth=0.1,
                     net=partial(TableNet, width=96, norm="layer"),
                     plan=Plan(540, 100, 4e-3, "adamw", "restarts", 0.02, 1.0, 30)), 0.6),
    Scenario("defaults-rare-but-learned", "healthy",
             partial(plain, sizes=(6000, 1500), sharp=12.0, odds=20.0, recalls=True,
                     plan=Plan(400, 200, 2e-3, schedule="plateau", every=20)), 0.9),
)  # fmt: skip
