"""A validation: all that was found of one model on one split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neural_trainer.errors import ConfigError
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array
from neural_trainer.study.estimates import holm
from neural_trainer.study.validate.calibration import Calibration, calibration
from neural_trainer.study.validate.class_table import ClassRow, class_rows
from neural_trainer.study.validate.data_shift import DataShift, data_shift
from neural_trainer.study.validate.fold_scores import Folds, corrected_p, folds_of
from neural_trainer.study.validate.leakage import Leakage, leakage
from neural_trainer.study.validate.metrics import Metric, confusion, metrics_of
from neural_trainer.study.validate.mistakes import Mistake, worst_items
from neural_trainer.study.validate.paired import Against, against, aligned
from neural_trainer.study.validate.predictions import Predictions, item_scores
from neural_trainer.study.validate.resampling import (
    FEW_CLUSTERS,
    SAMPLES,
    Estimate,
    affordable,
    cluster_error,
    estimates,
)
from neural_trainer.study.validate.slices import Slices, slices_of

if TYPE_CHECKING:
    from neural_trainer.study.validate.corruptions import Robust
    from neural_trainer.study.validate.speed import Speed

FEW_ITEMS = 30


@dataclass(frozen=True)
class Asked:
    """level, of all intervals; num_samples of the bootstrap; further: names out of scikit-learn."""

    level: float = 0.95
    num_samples: int = SAMPLES
    seed: int = 0
    further: Sequence[str] = ()


@dataclass(frozen=True)
class Gap:
    """The score on held-out items less that on training items, both in evaluation mode."""

    score: str
    train: float
    held_out: float
    difference: float
    low: float
    high: float
    clean: float
    num_clean: int


@dataclass(frozen=True)
class Validation:
    """What was found; None where it does not apply, the reason in not_checked.

    fold_p: of no difference over the folds, for each of `against`, corrected by Holm.
    """

    source: str
    model: str
    task: str
    num: int
    num_clusters: int | None
    level: float
    metrics: tuple[Estimate, ...]
    classes: tuple[str, ...] = ()
    confusion: Array | None = None
    class_rows: tuple[ClassRow, ...] = ()
    calibration: Calibration | None = None
    slices: Slices | None = None
    mistakes: tuple[Mistake, ...] = ()
    gap: Gap | None = None
    leakage: Leakage | None = None
    shift: DataShift | None = None
    folds: Folds | None = None
    fold_p: tuple[float, ...] = ()
    against: tuple[Against, ...] = ()
    robust: tuple[Robust, ...] = ()
    speed: Speed | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()


def validation(
    p: Predictions, model: str, asked: Asked,
    train: Predictions | None = None, others: Sequence[Predictions] = (),
) -> Validation:  # fmt: skip
    """Return what these predictions show, beside those on the training split and other models'.

    Raises ConfigError, MissingPackage.
    """
    level, seed = asked.level, asked.seed
    num = affordable(asked.num_samples, len(p), len(p.classes))
    metrics = [*metrics_of(p), *(further_metric(p, name) for name in asked.further)]
    measured = tuple(estimates(p, metrics, level, num, seed))
    found = Validation(
        p.source, model, p.task, len(p),
        None if p.clusters is None else int(p.clusters.max()) + 1, level,
        measured,
        mistakes=worst_items(p), warnings=(*_warnings(p), *_without_width(measured)),
        notes=(*p.notes, *_fewer(num, asked)),
    )  # fmt: skip
    if p.task == "classification":
        found = replace(
            found, classes=p.classes, confusion=confusion(p, np.ones(len(p))),
            class_rows=tuple(class_rows(p, level, num, seed)),
            calibration=calibration(p, level, num, seed),
        )  # fmt: skip
    if p.slices:
        found = replace(found, slices=slices_of(p, level))
    found = replace(found, against=tuple(against(p, others, level, num, seed)))
    if p.folds is not None:
        by_folds = tuple(holm([_fold_p(p, other) for other in others]))
        found = replace(found, folds=_folds(p, level), fold_p=by_folds)
    if train is not None:
        found = _beside_training(found, p, train, asked)
    return replace(found, not_checked=tuple(_not_checked(found, p, train)))


def further_metric(p: Predictions, name: str) -> Metric:
    """Return a function of sklearn.metrics(y_true, y_pred) as a metric.

    Raises MissingPackage, ConfigError.
    """
    from importlib import import_module

    from neural_trainer.errors import MissingPackage

    try:
        functions = import_module("sklearn.metrics")
    except ImportError as error:
        raise MissingPackage("scikit-learn", f"--metric {name}", "study") from error
    function = getattr(functions, name, None)
    if function is None or not name.endswith(("_score", "_loss", "_error", "_coef", "_corrcoef")):
        raise ConfigError(f"--metric {shown_name(name)}: sklearn.metrics has no such score")

    def of(weights: Array) -> float:
        try:
            return float(function(p.truth, p.predicted, sample_weight=weights))
        except (TypeError, ValueError) as error:
            told = str(error).splitlines()[0][:200]
            raise ConfigError(f"--metric {name} does not take these predictions: {told}") from error

    of(np.ones(len(p)))
    return Metric(name, of, not name.endswith(("_loss", "_error")))


def _beside_training(
    found: Validation, p: Predictions, train: Predictions, asked: Asked
) -> Validation:  # fmt: skip
    if train.task != p.task:
        raise ConfigError(f"{train.source} is of {train.task}, {p.source} of {p.task}")
    leaked = leakage(train.inputs, p.inputs)
    both = None
    if train.embedding is not None and p.embedding is not None:
        both = train.embedding, p.embedding
    shifted = data_shift(train.inputs, p.inputs, both, asked.seed)
    gap = _gap(p, train, leaked, asked.level)
    warnings = list(found.warnings)
    if leaked is not None and leaked.leaks:
        count = len(leaked.copies)
        warnings.append(
            f"{count} of {leaked.num} held-out items are in the training data too: the numbers "
            f"are too good; split first, then augment the training part alone"
        )
    return replace(found, leakage=leaked, shift=shifted, gap=gap, warnings=tuple(warnings))


def _gap(p: Predictions, train: Predictions, leaked: Leakage | None, level: float) -> Gap:
    from scipy.special import stdtrit

    score, values, weights = item_scores(p)
    _, train_values, train_weights = item_scores(train)
    mean, error, num = cluster_error(values, weights, p.of_cluster)
    other, other_error, train_num = cluster_error(train_values, train_weights, train.of_cluster)
    both = (error**2 + other_error**2) ** 0.5
    half = both * float(stdtrit(max(min(num, train_num) - 1, 1), (1 + level) / 2))
    clean, num_clean = float("nan"), 0
    if leaked is not None and leaked.leaks:
        kept = np.ones(len(p), dtype=bool)
        kept[list(leaked.copies)] = False
        num_clean = int(kept.sum())
        if num_clean:
            clean = float(weights[kept] @ values[kept] / weights[kept].sum())
    return Gap(score, other, mean, mean - other, mean - other - half, mean - other + half,
               clean, num_clean)  # fmt: skip


def _folds(p: Predictions, level: float) -> Folds:
    score, values, nums, share = _by_fold(p)
    return folds_of(score, "column fold", values, nums, share, level)


def _fold_p(p: Predictions, other: Predictions) -> float:
    moved, _ = aligned(p, other)
    _, ours, _, share = _by_fold(p)
    _, theirs, _, _ = _by_fold(replace(moved, folds=p.folds))
    return corrected_p([b - a for a, b in zip(ours, theirs, strict=True)], share)


def _by_fold(p: Predictions) -> tuple[str, list[float], list[int], float]:
    """Return score and size of each fold, and test over training items."""
    assert p.folds is not None
    score, values, weights = item_scores(p)
    names, fold = np.unique(p.folds, return_inverse=True)
    found, nums = [], []
    for index in range(len(names)):
        within = fold == index
        found.append(float(weights[within] @ values[within] / weights[within].sum()))
        nums.append(int(within.sum()))
    share = float(np.mean([num / max(len(p) - num, 1) for num in nums]))
    return score, found, nums, share


def _without_width(measured: Sequence[Estimate]) -> list[str]:
    """Warn where drawing anew gives one value alone, as when all items are right."""
    names = [m.name for m in measured if m.method != "Wilson" and m.low == m.high]
    if not names:
        return []
    return [f"items are too much alike to draw anew: no true interval for {', '.join(names)}"]


def _fewer(num: int, asked: Asked) -> list[str]:
    if num == asked.num_samples:
        return []
    return [f"the split is large: {num} resamples instead of {asked.num_samples}"]


def _warnings(p: Predictions) -> list[str]:
    found = []
    if p.clusters is not None:
        count = int(p.clusters.max()) + 1
        if count < FEW_CLUSTERS:
            found.append(f"{count} groups: intervals of so few are too narrow")
    elif len(p) < FEW_ITEMS:
        found.append(f"{len(p)} items: intervals of so few are too narrow, but for Wilson's")
    if p.clusters is None and p.ids is not None and len({*p.ids}) < len(p):
        found.append("ids occur more than once: name what repeats with --group, or intervals are "
                     "too narrow")  # fmt: skip
    if p.task == "classification" and len({*p.truth}) == 1:
        found.append(f"all items are of one class ({shown_name(p.classes[int(p.truth[0])])})")
    return found


def _not_checked(v: Validation, p: Predictions, train: Predictions | None) -> list[str]:
    missing = []
    if p.task == "classification" and v.calibration is None:
        missing.append("calibration (needs probabilities)")
    if v.slices is None:
        missing.append("slices (needs --slice COLUMN, of a file)")
    if train is None:
        missing.append("leakage, shift and gap (need the training split: --train)")
    else:
        if v.leakage is None:
            missing.append("leakage (needs inputs that both splits have)")
        if v.shift is None:
            missing.append("shift (needs inputs that both splits have)")
    return missing
