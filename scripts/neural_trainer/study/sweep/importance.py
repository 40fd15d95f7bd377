"""Which settings matter: how much of what makes a trial good lies in each, by PED-ANOVA."""

from __future__ import annotations

import math
from typing import Any

from neural_trainer.study.sweep.storage import optuna_package

LEAST = 10  # trials that came to their end; the best tenth of fewer is no distribution


def importance(study: Any) -> tuple[dict[str, float], str]:
    """Return the share of each setting, the largest first, or why there is none.

    PED-ANOVA (Watanabe et al. 2023, arXiv:2304.10255): what sets the best trials apart from all.
    Settings that are not there in every trial are left out.
    """
    optuna = optuna_package()
    complete = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    if len(complete) < LEAST:
        return {}, f"{len(complete)} trials came to their end; importance needs {LEAST}"
    if len({trial.value for trial in complete}) == 1:
        return {}, "all trials ended in the same value"
    try:
        found = optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
        )
    except (ValueError, RuntimeError) as error:
        return {}, " ".join(str(error).split())[:120]
    shares = {name: float(share) for name, share in found.items()}
    if not shares or not all(map(math.isfinite, shares.values())):
        return {}, "no setting stands in every trial"
    return shares, ""
