"""What a study has measured: sizes, tokens, compute and losses, checked once at the door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Array

FEWEST = 5  # points: a law of E, one coefficient and one exponent leaves two to judge it by
GAP = 1000.0  # x: no study leaves so much between two neighbouring numbers of tokens or parameters
# C / (N D) is 6 (Kaplan 2020, section 2.1); attention and head may double it, recomputation adds 2,
# and embeddings left out of N make it larger still in small models.
COMPUTE_RATIO = (1.0, 100.0)
SPREAD = 30.0  # x, between the C / (N D) of points of one study
SHOWN = 5


@dataclass(frozen=True, eq=False)
class Points:
    """The columns of a study, each (n,) float64.

    columns: of params, tokens, compute, loss, unique, lr, batch those that there are. run: (n,),
    the run of each point; None where each is its own. notes: what was left out or assumed.
    """

    source: str
    columns: Mapping[str, Array]
    run: NDArray[np.str_] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.columns["loss"])

    @property
    def loss(self) -> Array:
        """The losses."""
        return self.columns["loss"]

    @property
    def groups(self) -> Array:
        """A number for each run, (n,), to draw points of one run together."""
        if self.run is None:
            return np.arange(len(self), dtype=np.float64)
        return np.unique(self.run, return_inverse=True)[1].astype(np.float64)

    def where(self, keep: NDArray[np.bool_], note: str = "") -> Points:
        """Return the points for which `keep`, (n,), holds."""
        columns = {name: values[keep] for name, values in self.columns.items()}
        run = None if self.run is None else self.run[keep]
        return Points(self.source, columns, run, self.notes + ((note,) if note else ()))

    def with_column(self, name: str, values: Array) -> Points:
        """Return the points with one column more."""
        return replace(self, columns={**self.columns, name: values})


def checked(points: Points, drop_invalid: bool = False, drop_highest: int = 0) -> Points:
    """Return points that can be fitted. Raises NeuralTrainerError with what is wrong of them.

    drop_invalid: leave out, and note, what is refused otherwise: points without a positive finite
    number in each column, and points that are there twice.
    """
    points = _without(points, ~_finite(points), "without a positive finite number in each column",
                      drop_invalid)  # fmt: skip
    points = _without(points, _repeated(points), "there twice", drop_invalid)
    for name in ("params", "tokens"):
        _one_unit(points, name)
    _compute_fits(points)
    if drop_highest:
        order = np.argsort(points.loss, kind="stable")
        keep = np.ones(len(points), dtype=bool)
        keep[order[max(0, len(points) - drop_highest) :]] = False
        points = points.where(keep, f"{drop_highest} points of the highest loss left out")
    if len(points) < FEWEST:
        count = len(points)
        raise NeuralTrainerError(
            f"{points.source} has {count} point{'' if count == 1 else 's'} to fit; expected "
            f"{FEWEST} at least: add runs of other sizes"
        )
    return points


def _finite(points: Points) -> NDArray[np.bool_]:
    good = np.ones(len(points), dtype=bool)
    for values in points.columns.values():
        good &= np.isfinite(values) & (values > 0)
    return good


def _repeated(points: Points) -> NDArray[np.bool_]:
    """Return which points equal an earlier one in every column."""
    table = np.stack(list(points.columns.values()), axis=1)
    first = np.unique(table, axis=0, return_index=True)[1]
    repeated = np.ones(len(points), dtype=bool)
    repeated[first] = False
    return repeated


def _without(points: Points, bad: NDArray[np.bool_], what: str, drop: bool) -> Points:
    count = int(bad.sum())
    if not count:
        return points
    rows = ", ".join(str(row + 1) for row in np.flatnonzero(bad)[:SHOWN])
    more = f" and {count - SHOWN} more" if count > SHOWN else ""
    verb = "is" if count == 1 else "are"
    told = f"{count} of {len(points)} points {verb} {what} (point {rows}{more})"
    if not drop:
        raise NeuralTrainerError(f"{points.source}: {told}; leave them out with --drop-invalid")
    return points.where(~bad, f"{told}: left out")


def _one_unit(points: Points, name: str) -> None:
    """Raise where a column falls into two parts too far apart to be of one unit."""
    values = np.sort(points.columns.get(name, np.ones(1)))
    jump = values[1:] / values[:-1]
    if jump.size and jump.max() > GAP:
        at = int(np.argmax(jump))
        raise NeuralTrainerError(
            f"{points.source}: {name} lie from {values[0]:.3g} to {values[at]:.3g} and from "
            f"{values[at + 1]:.3g} to {values[-1]:.3g}, nothing between: two units, such as tokens "
            "and steps? give all in one"
        )


def _compute_fits(points: Points) -> None:
    """Raise where compute is not what parameters times tokens cost."""
    if not {"params", "tokens", "compute"} <= set(points.columns):
        return
    columns = points.columns
    ratio = columns["compute"] / (columns["params"] * columns["tokens"])
    middle, low, high = float(np.median(ratio)), float(ratio.min()), float(ratio.max())
    least, most = COMPUTE_RATIO
    if not least <= middle <= most:
        raise NeuralTrainerError(
            f"{points.source}: compute is {middle:.3g} times parameters times tokens; expected "
            "about 6 FLOP for each: is compute in FLOP, and are tokens not steps or sequences?"
        )
    if high / low > SPREAD:
        raise NeuralTrainerError(
            f"{points.source}: compute is {low:.3g} to {high:.3g} times parameters times tokens; "
            "expected about one number for all: points of different units?"
        )
