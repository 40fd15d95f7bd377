"""A run made compact: the same points, held once, apart from what a reader keeps."""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run, Series, compact


def made() -> Run:
    """A run whose arrays are parts of larger ones, two of its signals logged together."""
    room = np.arange(100.0)
    step, time = room[:10], room[50:60]
    nan = np.array([np.nan, 1.0])
    return Run(
        "a", "a.jsonl", "json-lines",
        {
            "loss": Series(step, room[20:30], time),
            "lr": Series(step.copy(), room[30:40], time.copy()),
            "eval/loss": Series(np.array([0.0, 9.0]), nan),
            "empty": Series(np.zeros(0), np.zeros(0), np.zeros(0)),
            "between": Series(np.array([0, 1, 2, 3, 4, 5, 6, 7, 8.5, 9]), room[:10], nan[:0]),
        },
    )  # fmt: skip


def test_points_stay_the_same() -> None:
    before, after = made(), compact(made())
    for name, series in before.signals.items():
        np.testing.assert_array_equal(after.signals[name].step, series.step)
        np.testing.assert_array_equal(after.signals[name].value, series.value)
        assert (after.signals[name].time is None) == (series.time is None)
    assert (after.name, after.source) == (before.name, before.source)


def test_equal_steps_and_times_are_held_once() -> None:
    signals = compact(made()).signals
    assert signals["loss"].step is signals["lr"].step
    assert signals["loss"].time is signals["lr"].time
    assert signals["between"].step is not signals["loss"].step  # alike at both ends


def test_nothing_of_the_reader_is_held() -> None:
    for series in compact(made()).signals.values():
        for column in (series.step, series.value, series.time):
            assert column is None or column.base is None
