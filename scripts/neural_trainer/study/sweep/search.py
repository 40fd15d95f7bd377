"""Optuna's samplers and pruners, as a sweep names them."""

from __future__ import annotations

from typing import Any

import numpy as np

from neural_trainer.errors import MissingPackage
from neural_trainer.study.sweep.settings import Sweep
from neural_trainer.study.sweep.storage import optuna_package

STARTUP = 10  # trials at random before TPE and GP model anything: Optuna's own


def sampler(name: str, seed: int, worker: int = 0, num_begun: int = 0) -> Any:
    """Return a sampler.

    worker, num_begun: workers of one sweep draw differently, and one that is started again does not
    draw what it drew when so many fewer trials had begun.
    """
    optuna = optuna_package()
    own = seed
    if worker or num_begun:
        own = int(np.random.SeedSequence((seed, worker, num_begun)).generate_state(1)[0])
    if name == "random":
        return optuna.samplers.RandomSampler(seed=own)
    if name == "quasi-random":  # one Sobol sequence for all; the storage knows how far it has come
        return optuna.samplers.QMCSampler(scramble=True, seed=seed, warn_independent_sampling=False)
    if name == "tpe":
        return optuna.samplers.TPESampler(
            seed=own, n_startup_trials=STARTUP, multivariate=True, group=True, constant_liar=True
        )
    if name == "cma":
        _demand("cmaes", "the sampler cma", "sweep")
        return optuna.samplers.CmaEsSampler(seed=own, warn_independent_sampling=False)
    _demand("torch", "the sampler gp", "train")
    return optuna.samplers.GPSampler(
        seed=own, n_startup_trials=STARTUP, warn_independent_sampling=False
    )


def pruner(sweep: Sweep) -> Any:
    """Return the pruner of a sweep."""
    optuna = optuna_package()
    asked = sweep.pruner
    if asked.name == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=asked.warmup)
    if asked.name == "hyperband":
        return optuna.pruners.HyperbandPruner(
            min_resource=asked.shortest,
            max_resource=asked.most or "auto",
            reduction_factor=asked.factor,
        )
    return optuna.pruners.NopPruner()


def _demand(package: str, needed_by: str, extra: str) -> None:
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise MissingPackage(package, needed_by, extra)
