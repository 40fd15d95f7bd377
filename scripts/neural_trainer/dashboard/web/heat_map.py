"""A statistic of each layer over time, as the page draws it: a colour a cell."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neural_trainer.runs.layers import Layers, Table
from neural_trainer.runs.run import Array
from neural_trainer.signals.levels import decades, over_time

COLUMNS = 240  # stretches of the steps
MOST_LAYERS = 2000
# What may be looked at, and whether its scale is of powers of ten.
STATISTICS: Mapping[str, bool] = {
    "grad_norm": True, "update_ratio": True, "weight_norm": True, "grad_cosine": False,
    "grad_zeros": False, "dead": False, "saturated": False,
}  # fmt: skip


@dataclass(frozen=True)
class HeatMap:
    """cells: (layers, columns), log10 where `log`; NaN: not measured, or zero where `log`.

    step: (columns + 1,), where each column begins, and the end. low, high: of the colours.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    step: Array
    cells: Array
    log: bool
    low: float
    high: float
    num_layers: int


def statistics_of(layers: Layers) -> list[str]:
    """Return what was measured of these layers and can be looked at."""
    tables = {**layers.gradients, **layers.activations}
    return [name for name in STATISTICS if name in tables and not np.isnan(tables[name]).all()]


def heat_map(layers: Layers, statistic: str, first: float, last: float) -> HeatMap:
    """Return one of STATISTICS between two steps; an end NaN: all there is.

    Of parameters the matrices that have a gradient; where there are none, all that has one.
    """
    inside = np.ones(len(layers), dtype=bool)
    inside &= ~(layers.step < first) & ~(layers.step > last)
    if not inside.any():
        inside[:] = True
    seen = layers.where(inside)
    table, names, kinds = _table(seen, statistic)
    log = STATISTICS[statistic]
    count = max(1, min(COLUMNS, len(seen)))
    cuts = np.round(np.linspace(0, len(seen), count + 1)).astype(int)
    step = np.append(seen.step, seen.step[-1] if len(seen) else np.nan)[cuts]
    values = decades(table) if log else np.where(np.isfinite(table), table, np.nan)
    cells = over_time(values, count).T
    finite = cells[np.isfinite(cells)]
    low, high = (float(v) for v in np.percentile(finite, (1, 99))) if len(finite) else (0.0, 1.0)
    if log and high - low < 1:  # a decade at least: less is noise
        low, high = (low + high) / 2 - 0.5, (low + high) / 2 + 0.5
    if not log:
        low, high = (-1.0, 1.0) if statistic == "grad_cosine" else (0.0, 1.0)
    shown = cells[:MOST_LAYERS]
    return HeatMap(
        names[:MOST_LAYERS], kinds[:MOST_LAYERS], step, shown, log, low, high, len(names)
    )


def _table(layers: Layers, statistic: str) -> tuple[Table, tuple[str, ...], tuple[str, ...]]:
    """Return the values, (steps, layers), and the names and kinds of the layers."""
    if statistic in layers.activations:
        table = layers.activations[statistic]
        alive = np.flatnonzero(~np.isnan(table).all(axis=0)).tolist()
        modules = [layers.modules[i] for i in alive]
        return table[:, alive], *_told([(m.name, m.kind) for m in modules])
    from neural_trainer.render.gradients_plots import COMPARED  # and what judges layers, with it

    table = layers.gradients[statistic]
    alive = np.flatnonzero(~np.isnan(table).all(axis=0)).tolist()
    matrices = [i for i in alive if layers.parameters[i].kind in COMPARED]
    columns = matrices or alive
    parameters = [layers.parameters[i] for i in columns]
    return table[:, columns], *_told([(p.name, p.kind) for p in parameters])


def _told(layers: list[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(name for name, _ in layers), tuple(kind for _, kind in layers)


def packed(found: HeatMap, told: dict[str, Any]) -> bytes:
    """Return a heat map for the page: a length, JSON, then the cells as float32, layer by layer.

    As curves are packed (curves.py).
    """
    head = json.dumps({
        **told, "names": found.names, "kinds": found.kinds, "log": found.log,
        "step": [float(step) for step in found.step], "low": found.low, "high": found.high,
        "columns": found.cells.shape[1], "num_layers": found.num_layers,
    }, allow_nan=False).encode()  # fmt: skip
    head += b" " * (-(4 + len(head)) % 8)
    return struct.pack("<I", len(head)) + head + found.cells.astype("<f4").tobytes()
