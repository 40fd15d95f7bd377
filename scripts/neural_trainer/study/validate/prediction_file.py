"""Predictions out of a table's columns.

Of classes: y_true and one of y_pred, prob_CLASS … (or probabilities, (n, k)), score. Of numbers:
y_true and y_pred. Of language: nll (nats of an item), tokens, and correct where it is known.
Beside them: id, group, fold, the columns of --slice; all others are inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neural_trainer.errors import ConfigError, ReadError
from neural_trainer.runs.plain_text import shown_name, shown_path
from neural_trainer.runs.run import Array
from neural_trainer.study.validate.columns import read_columns
from neural_trainer.study.validate.predictions import Column, Predictions, Task

TRUTH = ("y_true", "target", "truth", "label")
PREDICTED = ("y_pred", "prediction", "predicted", "pred")
SCORE = ("score", "y_score")
PROBABILITY, PROBABILITIES = "prob_", ("probabilities", "y_prob")
MOST_CLASSES = 2000
FEW_VALUES = 20  # whole numbers of at most so many values are taken for classes
SUM_ERROR = 1e-3


@dataclass(frozen=True)
class Named:
    """Which columns play which part, where their names do not say so."""

    task: Task | None = None
    group: str | None = None
    id: str | None = None
    slices: Sequence[str] = ()


def read_predictions(path: Path, named: Named) -> Predictions:
    """Return the predictions in a file. Raises ReadError, ConfigError, MissingPackage."""
    columns = read_columns(path)
    source = shown_path(path)
    for name in (named.group, named.id, *named.slices):
        if name is not None and name not in columns:
            raise ConfigError(
                f"{source} has no column {shown_name(name)}; it has "
                f"{', '.join(shown_name(each) for each in list(columns)[:12])}"
            )
    return _Reader(source, columns, named).read()


class _Reader:
    """Takes columns out of a table, part by part."""

    def __init__(self, source: str, columns: dict[str, Column], named: Named) -> None:
        self.source, self.columns, self.named = source, columns, named
        self.taken: set[str] = set()

    def read(self) -> Predictions:
        group = self._take((self.named.group or "group",))
        ids = self._take((self.named.id or "id",))
        folds = self._take(("fold",))
        clusters = None
        if group is not None:
            clusters = np.unique([str(one) for one in group], return_inverse=True)[1]
        names = None if ids is None else tuple(str(one) for one in ids)
        if self.named.task == "language" or (self.named.task is None and "nll" in self.columns):
            found = self._language()
        else:
            found = self._with_truth()
        slices = {name: self.columns[name] for name in self.named.slices}
        inputs = {n: c for n, c in self.columns.items() if n not in self.taken}
        return Predictions(
            **{**vars(found), "clusters": clusters, "ids": names, "slices": slices,
               "inputs": inputs, "folds": folds}
        )  # fmt: skip

    def _take(self, names: Sequence[str]) -> Column | None:
        for name in names:
            if name in self.columns:
                self.taken.add(name)
                return self.columns[name]
        return None

    def _need(self, names: Sequence[str], what: str) -> Column:
        found = self._take(names)
        if found is None:
            raise ReadError(
                f"{self.source} has no column of {what}; expected {' or '.join(names)} among "
                f"{', '.join(shown_name(name) for name in list(self.columns)[:12])}"
            )
        return found

    def _language(self) -> Predictions:
        nats = self._numbers(self._need(("nll",), "nats"), "nll")
        tokens = self._take(("tokens", "num_tokens"))
        counts = np.ones(len(nats)) if tokens is None else self._numbers(tokens, "tokens")
        if (counts < 1).any() or (nats < 0).any():
            raise ReadError(
                f"{self.source}: nll must be at least 0 and tokens at least 1; found "
                f"{nats.min():g} and {counts.min():g}"
            )
        right = self._take(("correct", "num_correct"))
        hits = np.full(len(nats), np.nan) if right is None else self._numbers(right, "correct")
        return Predictions(self.source, "language", nats, hits, tokens=counts)

    def _with_truth(self) -> Predictions:
        truth = self._need(TRUTH, "what is true")
        said, score = self._take(PREDICTED), self._take(SCORE)
        probabilities, of_columns = self._probabilities()
        task = self.named.task or _task(truth, said, probabilities is not None or score is not None)
        if task == "regression":
            if said is None:
                raise ReadError(f"{self.source} has no column of predictions; expected y_pred")
            return Predictions(
                self.source, "regression",
                self._numbers(truth, "y_true"), self._numbers(said, "y_pred"),
            )  # fmt: skip
        return self._classes(truth, said, score, probabilities, of_columns)

    def _probabilities(self) -> tuple[Array | None, tuple[str, ...]]:
        names = [name for name in self.columns if name.startswith(PROBABILITY)]
        whole = self._take(PROBABILITIES)
        if whole is None and not names:
            return None, ()
        of_columns: tuple[str, ...] = ()
        if whole is None:
            self.taken |= set(names)
            whole = np.stack([self._numbers(self.columns[name], name) for name in names], axis=1)
            of_columns = tuple(name.removeprefix(PROBABILITY) for name in names)
        given = np.asarray(whole, dtype=float)
        if given.ndim == 1:
            given = given[:, None]
        if given.shape[1] == 1:  # of the second of two classes
            given = np.concatenate([1 - given, given], axis=1)
            of_columns = () if of_columns == ("1",) else of_columns
            if len(of_columns) == 1:
                raise ReadError(f"{self.source} has one column of probabilities; expected prob_ of "
                                f"each class, or prob_1 alone")  # fmt: skip
        if not np.isfinite(given).all() or given.min() < -1e-9 or given.max() > 1 + 1e-6:
            raise ReadError(f"{self.source}: probabilities must lie from 0 to 1; found "
                            f"{np.nanmin(given):g} to {np.nanmax(given):g}")  # fmt: skip
        sums = given.sum(1)
        if np.abs(sums - 1).max() > SUM_ERROR:
            row = int(np.abs(sums - 1).argmax())
            raise ReadError(f"{self.source}: probabilities of row {row} sum to {sums[row]:g}; "
                            f"expected 1")  # fmt: skip
        return given / sums[:, None], of_columns

    def _classes(
        self, truth: Column, said: Column | None, score: Column | None,
        probabilities: Array | None, of_columns: tuple[str, ...],
    ) -> Predictions:  # fmt: skip
        true = _named(truth, self.source)
        answers = None if said is None else _named(said, self.source)
        if probabilities is not None and not of_columns:
            of_columns = tuple(str(k) for k in range(probabilities.shape[1]))
        classes = of_columns or _sorted({*true, *(answers if answers is not None else ())})
        if score is not None and probabilities is None and len(classes) != 2:
            raise ReadError(f"{self.source} has scores and {len(classes)} classes; expected two")
        if len(classes) > MOST_CLASSES:
            raise ReadError(f"{self.source} has {len(classes)} classes; expected at most "
                            f"{MOST_CLASSES}, or --task regression")  # fmt: skip
        place = {name: index for index, name in enumerate(classes)}
        unknown = next((name for name in (*true, *(answers if answers is not None else ()))
                        if name not in place), None)  # fmt: skip
        if unknown is not None:
            raise ReadError(f"{self.source}: class {shown_name(unknown)} has no probability; "
                            f"known: {', '.join(map(shown_name, classes[:12]))}")  # fmt: skip
        scores = None if score is None else self._numbers(score, "score")
        notes: tuple[str, ...] = ()
        if answers is not None:
            predicted = np.array([place[name] for name in answers], dtype=float)
        elif probabilities is not None:
            predicted = probabilities.argmax(1).astype(float)
        elif scores is not None:
            cut = 0.5 if scores.min() >= 0 and scores.max() <= 1 else 0.0
            predicted = (scores > cut).astype(float)
            notes = (f"no y_pred: scores above {cut:g} were taken for {shown_name(classes[1])}",)
        else:
            raise ReadError(f"{self.source} has no column of predictions; expected y_pred, "
                            f"prob_CLASS or score")  # fmt: skip
        return Predictions(
            self.source, "classification",
            np.array([place[name] for name in true], dtype=float), predicted,
            tuple(classes), probabilities, scores, notes=notes,
        )  # fmt: skip

    def _numbers(self, values: Column, name: str) -> Array:
        if values.dtype.kind not in "iufb" or values.ndim != 1:
            raise ReadError(f"{self.source}: {shown_name(name)} is not of numbers")
        numbers = values.astype(float)
        bad = np.flatnonzero(~np.isfinite(numbers))
        if len(bad):
            raise ReadError(f"{self.source}: {len(bad)} of {len(numbers)} values of "
                            f"{shown_name(name)} are missing, NaN or infinite (row {bad[0]} "
                            f"first); drop these rows, or mend what wrote them")  # fmt: skip
        return numbers


def _task(truth: Column, said: Column | None, surely_classes: bool) -> Task:
    if surely_classes or truth.dtype.kind not in "iuf":
        return "classification"
    values = truth if said is None or said.dtype.kind not in "iuf" else np.r_[truth, said]
    whole = np.isfinite(values).all() and (values == np.round(values)).all()
    return "classification" if whole and len(np.unique(values)) <= FEW_VALUES else "regression"


def _named(values: Column, source: str) -> list[str]:
    """Return the classes as text, 1.0 as 1. Raises ReadError where one is missing."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ReadError(f"{source}: row {row} has no class; expected one in each row")
    if values.dtype.kind == "f" and (values == np.round(values)).all():
        values = values.astype(np.int64)
    names = [str(value) for value in values]
    if "" in names:
        raise ReadError(f"{source}: row {names.index('')} has no class; expected one in each row")
    return names


def _sorted(names: set[str]) -> tuple[str, ...]:
    """Return names in order, numbers by their size."""
    try:
        return tuple(sorted(names, key=float))
    except ValueError:
        return tuple(sorted(names))
