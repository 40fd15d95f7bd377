"""The chances of symptoms under causes, learnt from what is seen in the runs of the gym.

1. P(symptom | cause) is the share of the cause's runs that show it. Each scenario counts alike,
   as PER_SCENARIO runs at most: its runs resemble each other. What the cause's file states, or
   the background, counts as STATED runs beside them.
2. A symptom's weight in (0, 1], what it says of health besides, and one temperature make the
   confidences right on families that the chances were not learnt from: for each family in turn
   chances from all others, then the weights that make the planted causes of all families
   likeliest (log loss, pulled towards 1 and 0). Runs without a fault count as much as all
   others together: confidences hold where every other run is faulty.
3. A run is called faulty where health is less likely than in all but a few healthy runs of
   families left out, whole ones and such as are under way and would wake someone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from fault_gym.evidence import Seen
from fault_gym.scoring import WELL
from neural_trainer.causes import CAUSES
from neural_trainer.causes.unknown import ANY
from neural_trainer.diagnosis.chances import Chances
from neural_trainer.symptoms import SYMPTOMS

PER_SCENARIO = 3.0  # runs that one scenario counts as, for each kind of evidence
STATED = 8.0  # runs that a stated chance counts as
STATED_BACKGROUND = 20.0  # runs without a fault that a stated background counts as
LEAST, MOST = 0.0005, 0.98  # a chance that is learnt from some tens of runs is no surer
MOST_ALARMS = 0.01  # share of healthy runs, of families left out
PULL = 5.0  # of the weights towards 1, in log loss
HEALTH_PULL = 1.0  # of what findings say of health towards nothing
MOST_ADDED = 3.0  # nat
BOUNDS = (0.05, 1.0)
TEMPERATURES = (0.3, 5.0)

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
    """Return the chances with the weights and the temperature that suit unseen families best."""
    of_family: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        of_family[one.family].append(one)
    x, log_prior, right, strength, share = _left_out(of_family)
    n = x.shape[2]

    def logits(parameters: Array) -> Array:
        alpha, bias, of_health = parameters[:n], parameters[n + 1], parameters[n + 2 :]
        total = log_prior + x @ alpha  # (runs, causes)
        total[:, _IS_WELL] += (bias + strength @ of_health)[:, None]
        return total

    def loss(parameters: Array) -> tuple[float, Array]:
        alpha, temperature, of_health = parameters[:n], parameters[n], parameters[n + 2 :]
        total = logits(parameters)
        p = _softmax(total / temperature)
        mass = np.maximum((p * right).sum(axis=1), 1e-300)
        slope = (p - p * right / mass[:, None]) * share[:, None] / temperature  # on the logits
        well = slope[:, _IS_WELL].sum(axis=1)
        value = -float((share * np.log(mass)).sum())
        value += PULL * float(((1 - alpha) ** 2).sum()) + HEALTH_PULL * float((of_health**2).sum())
        finite = np.where(np.isfinite(total), total, 0.0)
        return value, np.concatenate([
            np.einsum("rc,rcs->s", slope, x) - 2 * PULL * (1 - alpha),
            [-float((slope * finite).sum()) / temperature, float(well.sum())],
            strength.T @ well + 2 * HEALTH_PULL * of_health,
        ])  # fmt: skip

    start = np.concatenate([np.full(n, 0.8), [1.0, 0.0], np.zeros(n)])
    bounds = [BOUNDS] * n + [TEMPERATURES, (-MOST_ADDED, MOST_ADDED)]
    bounds += [(-MOST_ADDED, MOST_ADDED)] * n
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    whole = learnt(seen)
    well = _softmax(logits(best) / best[n])[:, _IS_WELL].sum(axis=1)
    runs = [one for part in of_family.values() for one in part]
    ended = np.array([one.is_healthy and one.share == 1 for one in runs])
    under_way = np.array([one.share < 1 for one in runs])
    silent = under_way & ~np.array([one.would_wake for one in runs])
    well[silent] = 1.0
    threshold = min(_threshold(np.sort(well[ended])), _threshold(np.sort(well[under_way])))
    return Chances(
        whole.healthy, whole.of_cause, _named(best[:n]), round(float(best[n]), 4),
        _named(best[n + 2 :]), round(float(best[n + 1]), 4), threshold,
    )  # fmt: skip


def _left_out(
    of_family: Mapping[str, Sequence[Seen]],
) -> tuple[Array, Array, NDArray[np.bool_], Array, Array]:
    """Return all runs, each family by the chances that the others show.

    That is the terms, (runs, causes, symptoms), the log of the priors and whether the cause is
    right, (runs, causes), the strengths, (runs, symptoms), and what each run counts for, (runs,).
    """
    seen = [one for runs in of_family.values() for one in runs]
    tables = {family: learnt([one for one in seen if one.family != family]) for family in of_family}
    share = np.array([weight for runs in of_family.values() for weight in _run_weights(runs)])
    share[[one.share < 1 for one in seen]] = 0.0  # they set the threshold alone
    is_healthy = np.array([one.is_healthy for one in seen])
    share[is_healthy] *= share[~is_healthy].sum() / share[is_healthy].sum()
    return (
        np.stack([terms(one, tables[one.family]) for one in seen]),
        np.stack([prior(one) for one in seen]),
        np.stack([_accepted(one) for one in seen]),
        np.stack([strengths(one) for one in seen]),
        share,
    )


def _softmax(logits: Array) -> Array:
    """Return the probabilities, (runs, causes)."""
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=1, keepdims=True))


def _named(value: Array) -> dict[str, float]:
    return dict(zip(_SYMPTOMS, np.round(value, 4).tolist(), strict=True))


def _threshold(well: Array) -> float:
    """Return the probability of health under which at most MOST_ALARMS of healthy runs lie.

    well: (n,), of healthy runs, sorted.
    """
    allowed = int(MOST_ALARMS * len(well))
    return round(min(0.5, float(well[allowed]) - 1e-4), 4) if len(well) > allowed else 0.5


def probabilities(one: Seen, table: Chances) -> dict[str, float]:
    """Return the probability of each cause, as diagnosis/ranking.py does with `table`."""
    alpha = np.array([table.weight.get(name, 1.0) for name in _SYMPTOMS])
    of_health = np.array([table.of_health.get(name, 0.0) for name in _SYMPTOMS])
    total = prior(one) + terms(one, table) @ alpha
    total[_IS_WELL] += table.bias + float(strengths(one) @ of_health)
    return dict(zip(_CAUSES, _softmax(total[None] / table.temperature)[0].tolist(), strict=True))


def strengths(one: Seen) -> Array:
    """Return how strongly each symptom is seen, (symptoms,); 0 where it is not."""
    return np.array([one.strength.get(name, 0.0) for name in _SYMPTOMS])


def terms(one: Seen, table: Chances) -> Array:
    """Return what each symptom adds to the log of each cause's chance, (causes, symptoms)."""
    chance = _matrix(table)
    strength = strengths(one)
    not_seen = set(one.absent)
    absent = np.array([name in not_seen for name in _SYMPTOMS])
    return np.asarray(strength * np.log(chance) + absent * np.log1p(-chance))


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
