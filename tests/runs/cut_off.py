"""What a log that was cut off may hold: points of the whole one, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from neural_trainer.runs.run import Run


def assert_part(part: Sequence[Run], whole: Sequence[Run]) -> None:
    """Fail where `part` has a value that `whole` does not have at that step, or a name of its own.

    A log may lose what counts its steps when it is cut off: then its values alone are compared. And
    one row may not be enough to tell a clock from a metric.
    """
    for run in part:
        named_alike = [other for other in whole if other.name == run.name]
        _assert_part(run, named_alike or whole)


def _assert_part(run: Run, whole: Sequence[Run]) -> None:
    at_steps: dict[tuple[str, str], set[tuple[float, str]]] = {}
    anywhere: dict[str, set[str]] = {}
    clock: set[str] = set()
    for other in whole:
        for name, series in other.signals.items():
            own, points = other.logged_as[name], _points(series.step, series.value)
            at_steps.setdefault((other.axis, own), set()).update(points)
            anywhere.setdefault(own, set()).update(value for _, value in points)
            clock.update(map(repr, () if series.time is None else series.time.tolist()))
    for name, series in run.signals.items():
        own, points = run.logged_as[name], _points(series.step, series.value)
        if own not in anywhere:
            assert {value for _, value in points} <= clock, own
            continue
        wrong = points - at_steps.get((run.axis, own), points)
        wrong |= {point for point in points if point[1] not in anywhere[own]}
        assert not wrong, f"{own}: {sorted(wrong)}"


def _points(step: Iterable[float], value: Iterable[float]) -> set[tuple[float, str]]:
    """Return points that compare equal where both values are NaN."""
    return {(float(x), repr(float(y))) for x, y in zip(step, value, strict=True)}
