"""The chances of symptoms under causes, learnt from what is seen in the runs of the gym.

1. P(symptom | cause) is the share of the cause's runs that show it. Each scenario counts alike,
   as PER_SCENARIO runs at most: its runs resemble each other. What the cause's file states, or
   the background, counts as STATED runs beside them.
2. By Bayes' rule each symptom adds the log of its chance. Symptoms that say the same would count
   twice, so that each has a weight in (0, 1], and adds to each cause that the gym plants something
   of its own, where seen and where looked for in vain (multinomial logistic regression, log loss).
   So that it suits families that were not seen, each run is given the chances that the other
   families show, and what is fitted is pulled: weights towards 1, additions towards nothing. Runs
   without a fault count as much as all others together: confidences hold where every other run is
   faulty.
3. One temperature makes the confidences of families left out whole right. A run is called faulty
   where health is less likely than in all but a few healthy runs of families left out, whole
   ones and such as are under way and would wake someone. An alarm that next to no sound run shows
   is decisive: it leaves health no more than that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from fault_gym.evidence import Seen
from neural_trainer.causes import CAUSES
from neural_trainer.causes.unknown import ANY
from neural_trainer.diagnosis.chances import WELL, Chances
from neural_trainer.symptoms import SYMPTOMS

PER_SCENARIO = 3.0  # runs that one scenario counts as, for each kind of evidence
# What is stated counts as so many runs, and as so many without a fault: much, since the thresholds
# of symptoms were chosen with the runs in view that measure how often they are met.
STATED, STATED_BACKGROUND = 16.0, 40.0
LEAST, MOST = 0.0005, 0.98  # a chance that is learnt from some tens of runs is no surer
WEIGHT_PULL = 5.0  # of the weights towards 1, in log loss
PULL = 3.0  # of what is added towards nothing
WEIGHTS = (0.05, 1.0)
MOST_ADDED = 3.0  # nat
NOTHING = 0.02  # nat: what is added and left out of the table
MOST_ALARMS = 0.015  # share of healthy runs, of families left out: 2 % is what may be reached
TEMPERATURES = (0.3, 5.0)
SELDOM = 0.003  # share of sound runs, whole and under way, that show a decisive alarm
MAX_ITERATIONS = 100

Array = NDArray[np.float64]
_CAUSES, _SYMPTOMS = list(CAUSES), list(SYMPTOMS)
_IS_WELL = np.isin(_CAUSES, WELL)


def learnt(seen: Sequence[Seen]) -> Chances:
    """Return the chances that whole runs show, each symptom with all of its weight."""
    seen = [one for one in seen if one.share == 1]
    weights = _run_weights(seen)
    healthy = _shares(
        [(one, w) for one, w in zip(seen, weights, strict=True) if one.is_healthy],
        {name: symptom.BACKGROUND for name, symptom in SYMPTOMS.items()},
        STATED_BACKGROUND,
    )
    of_cause: dict[str, dict[str, float]] = {}
    for name, cause in CAUSES.items():
        runs = [(o, w) for o, w in zip(seen, weights, strict=True) if o.planted == name]
        if runs and name not in ("healthy", "converged"):
            stated = {symptom: cause.EXPECTS.get(symptom, healthy[symptom]) for symptom in SYMPTOMS}
            of_cause[name] = _shares(runs, stated, STATED)
    return Chances(healthy, of_cause)


def fitted(seen: Sequence[Seen]) -> Chances:
    """Return the chances, weights and what symptoms add, at a temperature of 1."""
    tables = {
        family: learnt([one for one in seen if one.family != family])
        for family in {one.family for one in seen}
    }
    x = np.stack([terms(one, tables[one.family]) for one in seen]).astype(np.float32)
    log_prior = np.stack([prior(one) for one in seen])
    features = np.stack([_features(one) for one in seen])
    right = np.stack([_accepted(one) for one in seen])
    share = _balanced(seen)
    planted = sorted({one.planted for one in seen if not one.is_healthy})
    groups = [_IS_WELL, *(np.array(_CAUSES) == name for name in planted)]
    spread = np.stack(groups).astype(np.float64)  # (groups, causes)
    n = len(_SYMPTOMS)
    flat_x = x.reshape(-1, n)

    def loss(parameters: Array) -> tuple[float, Array]:
        weight, added = parameters[:n], parameters[n:].reshape(-1, len(groups))
        p = _softmax(log_prior + x @ weight.astype(np.float32) + features @ added @ spread)
        mass = np.maximum((p * right).sum(axis=1), 1e-300)
        slope = (p - p * right / mass[:, None]) * share[:, None]  # on the logits
        value = -float((share * np.log(mass)).sum())
        value += WEIGHT_PULL * float(((1 - weight) ** 2).sum()) + PULL * float((added**2).sum())
        of_weight = flat_x.T @ slope.reshape(-1).astype(np.float32)
        of_added = features.T @ (slope @ spread.T) + 2 * PULL * added
        of_added[-1, 1:] = 0.0  # how often a cause comes is stated, not as the gym plants it
        return value, np.concatenate(
            [of_weight - 2 * WEIGHT_PULL * (1 - weight), of_added.ravel()], dtype=np.float64
        )

    num_added = features.shape[1] * len(groups)
    start = np.concatenate([np.full(n, 0.8), np.zeros(num_added)])
    bounds = [WEIGHTS] * n + [(-MOST_ADDED, MOST_ADDED)] * num_added
    best = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": MAX_ITERATIONS},
    ).x  # fmt: skip
    added, whole = best[n:].reshape(-1, len(groups)), learnt(seen)
    names = ["well", *planted]
    return Chances(
        whole.healthy, whole.of_cause,
        dict(zip(_SYMPTOMS, np.round(best[:n], 4).tolist(), strict=True)),
        {name: _table(added[:n, i]) for i, name in enumerate(names)},
        {name: _table(added[n : 2 * n, i]) for i, name in enumerate(names)},
        {name: round(float(added[-1, i]), 4) for i, name in enumerate(names)},
    )  # fmt: skip


def decisive(seen: Sequence[Seen], without: str = "") -> tuple[str, ...]:
    """Return the alarms that next to no sound run shows. without: but for a family."""
    sound = [one for one in seen if one.is_healthy and one.family != without]
    shown = Counter(name for one in sound for name in one.strength)
    return tuple(
        name for name, one in SYMPTOMS.items() if one.ALARM and shown[name] <= SELDOM * len(sound)
    )


class LeftOut(NamedTuple):
    """Every run of the gym with the logit of each cause, (causes,), learnt from other families."""

    seen: list[Seen]
    logits: Array

    def temperature(self) -> float:
        """Return what the logits are divided by, so that the planted causes are likeliest."""
        share = _balanced(self.seen)
        right = np.stack([_accepted(one) for one in self.seen])

        def loss(temperature: float) -> float:
            mass = (_softmax(self.logits / temperature) * right).sum(axis=1)
            return -float((share * np.log(np.maximum(mass, 1e-300))).sum())

        return round(float(minimize_scalar(loss, bounds=TEMPERATURES, method="bounded").x), 4)

    def probabilities(self, temperature: float) -> list[dict[str, float]]:
        """Return the probability of each cause, for every run."""
        rows = _softmax(self.logits / temperature).tolist()
        return [dict(zip(_CAUSES, row, strict=True)) for row in rows]

    def faulty_below(self, temperature: float, without: str = "") -> float:
        """Return the probability of health at which a run is called faulty.

        without: a family that has no say, since it is to be judged by it.
        """
        well = _softmax(self.logits / temperature)[:, _IS_WELL].sum(axis=1)
        ended = [
            p for one, p in zip(self.seen, well, strict=True)
            if one.is_healthy and one.share == 1 and one.family != without and not one.verdict
        ]  # fmt: skip
        under_way = [
            p if one.would_wake and not one.verdict else 1.0
            for one, p in zip(self.seen, well, strict=True)
            if one.share < 1 and one.family != without
        ]
        return min(_threshold(np.sort(ended)), _threshold(np.sort(under_way)))


def left_out(seen: Sequence[Seen], beside: Sequence[Seen]) -> LeftOut:
    """Return every run of `seen`, judged by what the other families and `beside` teach."""
    runs, rows = [], []
    for family in sorted({one.family for one in seen}):
        table = fitted([*(one for one in seen if one.family != family), *beside])
        for one in seen:
            if one.family == family:
                runs.append(one)
                rows.append(logits(one, table))
    return LeftOut(runs, np.stack(rows))


def _balanced(runs: Sequence[Seen]) -> Array:
    """Return what each run counts for; those without a fault as much as all others."""
    share = np.array(_run_weights(runs))
    share[[one.share < 1 for one in runs]] = 0.0  # they set the threshold alone
    is_healthy = np.array([one.is_healthy for one in runs])
    share[is_healthy] *= share[~is_healthy].sum() / share[is_healthy].sum()
    return share


def _features(one: Seen) -> Array:
    """Return the strength of each symptom, whether it was looked for in vain, and 1."""
    return np.concatenate([strengths(one), _absent(one), [1.0]])


def _table(value: Array) -> dict[str, float]:
    return {
        name: round(float(number), 3)
        for name, number in zip(_SYMPTOMS, value, strict=True)
        if abs(number) >= NOTHING
    }


def _softmax(logits: Array) -> Array:
    """Return the probabilities, (runs, causes)."""
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=1, keepdims=True))


def _threshold(well: Array) -> float:
    """Return the probability of health under which at most MOST_ALARMS of healthy runs lie.

    well: (n,), of healthy runs, sorted.
    """
    allowed = int(MOST_ALARMS * len(well))
    return round(min(0.5, float(well[allowed]) - 1e-4), 4) if len(well) > allowed else 0.5


def logits(one: Seen, table: Chances) -> Array:
    """Return the log of each cause's probability but for a constant, (causes,)."""
    added = np.array([
        0.0 if key is None else
        table.offset[key]
        + sum(x * table.if_seen[key].get(name, 0.0) for name, x in one.strength.items())
        + sum(table.if_absent[key].get(name, 0.0) for name in one.absent)
        for key in (table.key(name) for name in _CAUSES)
    ])  # fmt: skip
    weight = np.array([table.weight.get(name, 1.0) for name in _SYMPTOMS])
    return np.asarray(prior(one) + terms(one, table) @ weight + added)


def probabilities(one: Seen, table: Chances) -> dict[str, float]:
    """Return the probability of each cause, as diagnosis/ranking.py does with `table`."""
    p = _softmax(logits(one, table)[None] / table.temperature)[0]
    return table.capped(dict(zip(_CAUSES, p.tolist(), strict=True)), one.strength)


def strengths(one: Seen) -> Array:
    """Return how strongly each symptom is seen, (symptoms,); 0 where it is not."""
    return np.array([one.strength.get(name, 0.0) for name in _SYMPTOMS])


def terms(one: Seen, table: Chances) -> Array:
    """Return what each symptom's chance adds to the log of each cause's, (causes, symptoms)."""
    chance = _matrix(table)
    return np.asarray(np.log(chance) * strengths(one) + np.log1p(-chance) * _absent(one))


def _absent(one: Seen) -> Array:
    """Return 1 for each symptom that was looked for and not seen, (symptoms,)."""
    not_seen = set(one.absent)
    return np.array([float(name in not_seen) for name in _SYMPTOMS])


def prior(one: Seen) -> Array:
    """Return the log of each cause's prior, (causes,); -inf for one of another setting."""
    return np.array(
        [np.log(c.PRIOR) if c.SETTING in one.settings else -np.inf for c in CAUSES.values()]
    )


_tables: dict[int, tuple[Chances, Array]] = {}


def _matrix(table: Chances) -> Array:
    """Return P(symptom | cause), (causes, symptoms)."""
    kept = _tables.get(id(table))
    if kept is not None and kept[0] is table:
        return kept[1]
    rows = []
    for name, cause in CAUSES.items():
        known = table.of_cause.get(name, {})
        base = [table.healthy.get(s, SYMPTOMS[s].BACKGROUND) for s in _SYMPTOMS]
        if name == "unknown":
            rows.append([max(ANY, chance) for chance in base])
        else:
            rows.append(
                [
                    known.get(s, cause.EXPECTS.get(s, b))
                    for s, b in zip(_SYMPTOMS, base, strict=True)
                ]
            )
    _tables[id(table)] = table, np.array(rows)
    return _tables[id(table)][1]


def _accepted(one: Seen) -> NDArray[np.bool_]:
    names = ("healthy", "converged") if one.is_healthy else one.accepted
    return np.isin(_CAUSES, names)


def _run_weights(seen: Sequence[Seen]) -> list[float]:
    """Return what each run counts for."""
    num: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in seen:
        num[one.family, one.scenario, one.kind] += one.share == 1
    return [min(1.0, PER_SCENARIO / num[one.family, one.scenario, one.kind]) / 2.0 for one in seen]


def _shares(
    runs: Iterable[tuple[Seen, float]], stated: Mapping[str, float], strength: float
) -> dict[str, float]:
    """Return how often each symptom is seen where it was looked for; as stated where nowhere."""
    shown: dict[str, float] = defaultdict(float)
    looked: dict[str, float] = defaultdict(float)
    for one, weight in runs:
        for name in one.strength:
            shown[name] += weight
            looked[name] += weight
        for name in one.absent:
            looked[name] += weight
    return {
        name: _bounded((shown[name] + strength * chance) / (looked[name] + strength))
        if looked[name]
        else chance
        for name, chance in stated.items()
    }


def _bounded(chance: float) -> float:
    return round(min(MOST, max(LEAST, chance)), 4)
