"""What a log that was cut off may hold: points of the whole one, and no others."""

from __future__ import annotations

from collections.abc import Sequence

from neural_trainer.runs.run import Run


def assert_part(part: Sequence[Run], whole: Sequence[Run]) -> None:
    """Fail where `part` has a value that `whole` does not have at that step, or a name of its own.

    A log may lose what counts its steps when it is cut off: then its values alone are compared.
    """
    at_steps: dict[tuple[str, str], set[tuple[float, str]]] = {}
    anywhere: dict[str, set[str]] = {}
    for run in whole:
        for name, series in run.signals.items():
            points = list(zip(series.step.tolist(), map(repr, series.value.tolist()), strict=True))
            at_steps.setdefault((run.axis, run.logged_as[name]), set()).update(points)
            anywhere.setdefault(run.logged_as[name], set()).update(value for _, value in points)
    for run in part:
        for name, series in run.signals.items():
            own = run.logged_as[name]
            assert own in anywhere, own
            points = set(zip(series.step.tolist(), map(repr, series.value.tolist()), strict=True))
            wrong = points - at_steps.get((run.axis, own), points)
            wrong |= {point for point in points if point[1] not in anywhere[own]}
            assert not wrong, f"{own}: {sorted(wrong)}"
