"""Predictions of a model on a split: truth, what was predicted, groups, slices, inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array

Task = Literal["classification", "regression", "language"]
TASKS: tuple[Task, ...] = ("classification", "regression", "language")
Column = NDArray[Any]


@dataclass(frozen=True)
class Predictions:
    """n items of one split.

    truth, predicted: (n,); classification: index into `classes`; language: nats of an item, and of
    its tokens how many were predicted right (NaN where unknown). probabilities: (n, k), rows sum
    to 1. scores: (n,), of the second of two classes, the higher the surer, on no known scale.
    tokens: (n,), language alone. clusters: (n,) whole numbers; items of one are not independent.
    inputs: (n, …) by name; embedding: (n, d), what the model's last linear layer was given.
    """

    source: str
    task: Task
    truth: Array
    predicted: Array
    classes: tuple[str, ...] = ()
    probabilities: Array | None = None
    scores: Array | None = None
    tokens: Array | None = None
    clusters: NDArray[np.int64] | None = None
    ids: tuple[str, ...] | None = None
    slices: Mapping[str, Column] = field(default_factory=dict)
    inputs: Mapping[str, Column] = field(default_factory=dict)
    folds: Column | None = None
    embedding: Array | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.truth)

    @property
    def of_cluster(self) -> NDArray[np.int64]:
        """The cluster of each item, 0 to their number; each its own where none are named."""
        return np.arange(len(self)) if self.clusters is None else self.clusters

    def fingerprint(self) -> str:
        """Return a hash of the items: ids, else inputs, in any order, else what is true, in order.

        Empty where nothing tells these items from others: language without any of the three.
        """
        known = {} if self.task == "language" else {"truth": self.truth}
        if self.ids is not None:
            known["ids"] = np.array(self.ids)
        elif self.inputs:
            known |= self.inputs
        elif self.task == "language":
            if self.tokens is None or len(np.unique(self.tokens)) < 2:
                return ""
            known["tokens"] = self.tokens
        rows = hashed_rows(known)
        if self.ids is not None or self.inputs:
            rows = sorted(rows)
        return hashlib.sha256(b"".join(rows)).hexdigest()

    def answers(self) -> str:
        """Return a hash of what was answered."""
        parts = (self.predicted, self.probabilities, self.scores, self.truth)
        digest = hashlib.sha256(self.fingerprint().encode())
        for part in parts:
            if part is not None:
                digest.update(np.ascontiguousarray(part, dtype=np.float64).tobytes())
        return digest.hexdigest()


def hashed_rows(columns: Mapping[str, Column]) -> list[bytes]:
    """Return a hash of each row over all columns, (n, …) each.

    >>> one, two, three = hashed_rows({"x": np.array([1.0, 2.0, 1.0])})
    >>> one == three, one == two
    (True, False)
    """
    laid_out = [
        [str(value).encode() for value in column] if column.dtype.kind in "OUS"
        else [row.tobytes() for row in np.ascontiguousarray(column)]
        for column in columns.values()
    ]  # fmt: skip
    return [
        hashlib.blake2b(b"\0".join(row), digest_size=16).digest()
        for row in zip(*laid_out, strict=True)
    ]


def item_scores(p: Predictions) -> tuple[str, Array, Array]:
    """Return name, (n,) values and (n,) weights of the score whose weighted mean sums a split up.

    Right or wrong, absolute errors, nats a token.
    """
    ones = np.ones(len(p))
    if p.task == "classification":
        return "accuracy", (p.truth == p.predicted).astype(float), ones
    if p.task == "regression":
        return "absolute error", np.abs(p.predicted - p.truth), ones
    assert p.tokens is not None
    return "nats a token", p.truth / p.tokens, p.tokens


HIGHER_IS_BETTER = {"accuracy": True, "absolute error": False, "nats a token": False}
