"""Two models on the same items: paired tests, with the difference that could have been found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from neural_trainer.errors import ConfigError
from neural_trainer.runs.run import Array
from neural_trainer.study.estimates import holm
from neural_trainer.study.power import detectable
from neural_trainer.study.validate.metrics import Metric, metrics_of
from neural_trainer.study.validate.predictions import Predictions, item_scores
from neural_trainer.study.validate.resampling import bootstrap, cluster_error, percentiles

ALIKE = 1e-9
POWER = 0.8
Verdict = Literal["better", "worse", "inconclusive", "the same"]


@dataclass(frozen=True)
class Difference:
    """Other less this one, by one measure, with its bootstrap interval.

    p: of no difference, corrected by Holm over the measures of all other models; test: what gave
    it. detectable: the true difference found with a chance of 80 %, NaN where the scatter is none.
    """

    name: str
    ours: float
    theirs: float
    difference: float
    low: float
    high: float
    p: float
    test: str
    detectable: float
    verdict: Verdict


@dataclass(frozen=True)
class Against:
    """Differences; matched: by what items were paired; discordant: (other right, ours right)."""

    source: str
    matched: str
    num: int
    rows: tuple[Difference, ...]
    discordant: tuple[int, int] | None


def against(
    ours: Predictions, others: Sequence[Predictions], level: float, num_samples: int, seed: int
) -> list[Against]:
    """Return how each other model differs. Raises ConfigError where the items are not the same."""
    found = [_apart(ours, theirs, level, num_samples, seed) for theirs in others]
    corrected = iter(holm([row.p for one in found for row in one.rows]))
    higher = {m.name: m.higher_is_better for m in metrics_of(ours)}
    return [replace(one, rows=tuple(_judged(row, next(corrected), higher[row.name], level)
                                    for row in one.rows)) for one in found]  # fmt: skip


def _apart(
    ours: Predictions, theirs: Predictions, level: float, num_samples: int, seed: int
) -> Against:
    """Return how one other model differs, each p by itself and no verdict yet."""
    theirs, matched = aligned(ours, theirs)
    tests = _tests(ours, theirs)
    wanted = {m.name: m for m in metrics_of(ours)}
    others = {m.name: m for m in metrics_of(theirs)}
    names = [name for name in wanted if name in others and name in tests]
    drawn = bootstrap(
        [(lambda w, n=n: others[n].of(w) - wanted[n].of(w)) for n in names],  # type: ignore[misc]
        ours.of_cluster, num_samples, seed,
    )  # fmt: skip
    rows = [
        _row(wanted[name], others[name], drawn[:, i], tests[name], ours, level)
        for i, name in enumerate(names)
    ]
    discordant = None
    if ours.task == "classification":
        we, they = ours.truth == ours.predicted, theirs.truth == theirs.predicted
        discordant = int((they & ~we).sum()), int((we & ~they).sum())
    return Against(theirs.source, matched, len(ours), tuple(rows), discordant)


def aligned(ours: Predictions, theirs: Predictions) -> tuple[Predictions, str]:
    """Return `theirs` in the order of `ours`, by id, else as it stands. Raises ConfigError."""
    if ours.task != theirs.task:
        raise ConfigError(f"{ours.source} is of {ours.task}, {theirs.source} of {theirs.task}")
    if len(ours) != len(theirs):
        raise ConfigError(
            f"{ours.source} has {len(ours)} items, {theirs.source} {len(theirs)}; expected the same"
        )
    order, matched = np.arange(len(ours)), "their order"
    if ours.ids is not None and theirs.ids is not None:
        place = {name: index for index, name in enumerate(theirs.ids)}
        missing = next((name for name in ours.ids if name not in place), None)
        if missing is not None or len(place) < len(theirs) or len({*ours.ids}) < len(ours):
            raise ConfigError(
                f"{ours.source} and {theirs.source} do not share their ids, each once; expected "
                f"predictions of the same items"
            )
        order, matched = np.array([place[name] for name in ours.ids]), "id"
    if theirs.classes != ours.classes:
        theirs = _renamed(theirs, ours.classes)
    moved = replace(
        theirs, truth=theirs.truth[order], predicted=theirs.predicted[order],
        probabilities=None if theirs.probabilities is None else theirs.probabilities[order],
        scores=None if theirs.scores is None else theirs.scores[order],
        tokens=None if theirs.tokens is None else theirs.tokens[order],
        ids=ours.ids, clusters=ours.clusters,
    )  # fmt: skip
    same = ours.tokens if ours.task == "language" else ours.truth
    other = moved.tokens if ours.task == "language" else moved.truth
    assert same is not None
    assert other is not None
    apart = int((np.abs(same - other) > ALIKE * np.maximum(np.abs(same), 1)).sum())
    if apart:
        what = "number of tokens" if ours.task == "language" else "truth"
        raise ConfigError(
            f"the {what} of {apart} of {len(ours)} items differs between {ours.source} and "
            f"{theirs.source}, matched by {matched}; expected the same items, or a column id"
        )
    return moved, matched


def _renamed(p: Predictions, classes: tuple[str, ...]) -> Predictions:
    """Return `p` with its classes numbered as `classes` does."""
    place = {name: index for index, name in enumerate(classes)}
    used = {p.classes[int(value)] for value in (*p.truth, *p.predicted)}
    if not used <= set(place) or (p.probabilities is not None and set(p.classes) != set(place)):
        raise ConfigError(f"{p.source} has other classes; expected {', '.join(classes[:12])}")
    to = np.array([place.get(name, -1) for name in p.classes])
    moved = None
    if p.probabilities is not None:
        moved = np.empty_like(p.probabilities)
        moved[:, to] = p.probabilities
    return replace(
        p, classes=classes, truth=to[p.truth.astype(int)].astype(float),
        predicted=to[p.predicted.astype(int)].astype(float), probabilities=moved,
    )  # fmt: skip


@dataclass(frozen=True)
class _Test:
    """What differs by item, how items weigh, and which test is made of it."""

    values: Array
    weights: Array
    kind: Literal["McNemar", "Wilcoxon"]


def _tests(ours: Predictions, theirs: Predictions) -> dict[str, _Test]:
    name, mine, weights = item_scores(ours)
    _, other, _ = item_scores(theirs)
    if ours.task == "regression":
        return {"mean absolute error": _Test(other - mine, weights, "Wilcoxon")}
    if ours.task == "language":
        return {name: _Test(other - mine, weights, "Wilcoxon")}
    tests = {"accuracy": _Test(other - mine, weights, "McNemar")}
    if ours.probabilities is not None and theirs.probabilities is not None:
        at = np.arange(len(ours)), ours.truth.astype(int)
        nats = [-np.log(np.maximum(p[at], 1e-15)) for p in (ours.probabilities,
                                                           theirs.probabilities)]  # fmt: skip
        tests["log loss"] = _Test(nats[1] - nats[0], weights, "Wilcoxon")
    return tests


def _row(
    ours: Metric, theirs: Metric, drawn: Array, test: _Test, p: Predictions, level: float
) -> Difference:
    ones = np.ones(len(p))
    mine, other = ours.of(ones), theirs.of(ones)
    low, high = percentiles(drawn, level)
    chance, how = _chance(test, p)
    _, error, count = cluster_error(test.values, test.weights, p.of_cluster)
    smallest = float("nan")
    if count > 1 and error > 0:
        smallest = detectable(error * count**0.5, count, paired=True, level=level, wanted=POWER)
    return Difference(
        ours.name, mine, other, other - mine, low, high, chance, how, smallest, "inconclusive"
    )


def _chance(test: _Test, p: Predictions) -> tuple[float, str]:
    """Return the p-value of no difference, and the name of the test."""
    from scipy.special import stdtr
    from scipy.stats import binomtest, wilcoxon

    if not (test.values != 0).any():
        return 1.0, "none: no item differs"
    if p.clusters is not None:
        mean, error, count = cluster_error(test.values, test.weights, p.clusters)
        if count < 2:
            return 1.0, "none: one cluster"
        if error == 0:
            return 0.0, "t over clusters"
        return 2 * float(stdtr(count - 1, -abs(mean) / error)), "t over clusters"
    if test.kind == "McNemar":
        won, lost = int((test.values > 0).sum()), int((test.values < 0).sum())
        return float(binomtest(won, won + lost).pvalue), "McNemar, exact"
    return float(wilcoxon(test.values, zero_method="pratt").pvalue), "Wilcoxon signed rank"


def _judged(row: Difference, p: float, higher_is_better: bool, level: float) -> Difference:
    return replace(row, p=p, verdict=_verdict(row, p, higher_is_better, level))


def _verdict(row: Difference, p: float, higher_is_better: bool, level: float) -> Verdict:
    if row.difference == 0 and row.low == row.high == 0:
        return "the same"
    if p >= 1 - level or not (row.low > 0 or row.high < 0):
        return "inconclusive"
    return "better" if (row.difference > 0) == higher_is_better else "worse"
