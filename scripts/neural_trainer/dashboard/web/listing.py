"""The list of runs as the page shows it: a row a run, made anew only where something changed."""

from __future__ import annotations

from typing import Any

from neural_trainer.dashboard.status_json import finite, plain
from neural_trainer.dashboard.web.abscissa import axes_of
from neural_trainer.dashboard.web.heat_map import statistics_of
from neural_trainer.dashboard.web.watching import Shown, Snapshot

Row = dict[str, Any]


class Rows:
    """Makes rows and keeps them while their runs stay the same."""

    def __init__(self) -> None:
        self._kept: dict[str, Row] = {}

    def of(self, snapshot: Snapshot, now_s: float) -> dict[str, Row]:
        """Return the row of each run by id, in order."""
        rows = {}
        for name, shown in snapshot.runs.items():
            before = self._kept.get(name)
            if before is None or before["version"] != shown.version:
                before = _row(shown, now_s)
            changed, silent = finite(shown.status.changed), shown.status.is_silent(now_s)
            rows[name] = {**before, "changed": changed, "silent": silent}
        self._kept = rows
        return rows


def _row(shown: Shown, now_s: float) -> Row:
    run = shown.status.run
    told: Row = finite(plain(shown.status, now_s))
    layers = None if run is None else run.layers
    return {
        "id": shown.id,
        "version": shown.version,
        "axes": [] if run is None else axes_of(run),
        "num_signals": 0 if run is None else len(run.signals),
        "layers": [] if layers is None else statistics_of(layers),
        **told,
    }
