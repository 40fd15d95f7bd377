"""Which settings matter: how much of what makes a trial good lies in each, by PED-ANOVA."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from neural_trainer.study.estimates import LEVEL
from neural_trainer.study.sweep.storage import optuna_package

LEAST = 10  # trials that came to their end; the best tenth of fewer is no distribution
FEWEST_DRAWS, MOST_DRAWS = 40, 200  # of the trials, for the intervals
DRAWN = 10_000  # trials in all draws together: 2 s


class Share(NamedTuple):
    """How much lies in one setting, 0 to 1, and its percentile interval at LEVEL."""

    value: float
    low: float
    high: float


def importance(study: Any) -> tuple[dict[str, Share], str]:
    """Return the share of each setting, the largest first, or why there is none.

    PED-ANOVA (Watanabe et al. 2023, arXiv:2304.10255): what sets the best trials apart from all.
    The intervals are of trials drawn anew: of 40 that a sampler has crowded around its best, the
    shares can still be nearly anything. Settings that are not there in every trial are told from
    Optuna 5 on.
    """
    optuna = optuna_package()
    complete = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    if len(complete) < LEAST:
        return {}, f"{len(complete)} trials came to their end; importance needs {LEAST}"
    if len({trial.value for trial in complete}) == 1:
        return {}, "all trials ended in the same value"
    found, why = _shares(complete, study.direction)
    if why:
        return {}, why
    generator = np.random.default_rng(0)
    drawn: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(int(np.clip(DRAWN // len(complete), FEWEST_DRAWS, MOST_DRAWS))):
        chosen = [complete[i] for i in generator.integers(0, len(complete), len(complete))]
        again, _ = _shares(chosen, study.direction)
        for name in found.keys() & again.keys():
            drawn[name].append(again[name])
    ends = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    return {
        name: Share(value, *map(float, np.quantile(drawn[name] or [0.0, 1.0], ends)))
        for name, value in found.items()
    }, ""


def _shares(trials: Sequence[Any], direction: Any) -> tuple[dict[str, float], str]:
    """Return the share of each setting in these trials, or why there is none."""
    optuna = optuna_package()
    study = optuna.create_study(direction=direction)
    study.add_trials(trials)
    try:
        with warnings.catch_warnings():
            # A setting that is there in one trial of a draw is left out of it: the interval shows.
            warnings.filterwarnings("ignore", message="Some regimes")
            found = optuna.importance.get_param_importances(
                study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
            )
    except (ValueError, RuntimeError) as error:
        return {}, " ".join(str(error).split())[:120]
    shares = {name: float(share) for name, share in found.items()}
    if not shares or not all(map(math.isfinite, shares.values())):
        return {}, "no setting stands in every trial"
    return shares, ""
