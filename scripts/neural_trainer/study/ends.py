"""Where runs stand at one place: the same step, the same time or the same compute for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.signals.course import tail
from neural_trainer.signals.noise import scatter
from neural_trainer.study.pairs import flat

At = Literal["steps", "time", "compute"]
END = 0.1  # share of the points, at least three, whose median is where a run ended
LATE = 0.3  # share of the points that tell the noise
# Names of signals and settings in small letters, without what stands before the last "/" or ".".
_FLOPS = ("total_flos", "total_flops", "flops", "training_flops", "cumulative_flops")
_TOKENS = ("num_input_tokens_seen", "tokens_seen", "num_tokens", "total_tokens", "consumed_tokens",
           "tokens")  # fmt: skip
_PARAMETERS = ("num_parameters", "num_params", "n_params", "parameter_count", "total_params")


@dataclass(frozen=True)
class Outcome:
    """Where one run ended in the measure: median of its last tenth, and the error of that.

    best: the best value and its step. nonfinite: points that are NaN or infinite.
    """

    run: str
    end: float
    error: float
    best: float
    best_step: float
    last_step: float
    nonfinite: int

    @property
    def lost(self) -> bool:
        """Whether the run ended in NaN or infinity."""
        return bool(np.isnan(self.end))


def outcome(name: str, series: Series, low: bool) -> Outcome:
    """Return where the run `name` ended in `series`, which holds a point at least."""
    finite = series.finite()
    nonfinite = len(series) - len(finite)
    if len(finite) == 0:
        nan = float("nan")
        return Outcome(name, nan, nan, nan, nan, float(series.step[-1]), nonfinite)
    last = tail(finite.value, END)
    # Noise as it is late in the run. sqrt(pi / 2): a median's error over a mean's, normal noise.
    error = scatter(tail(finite.value, LATE)) * float(np.sqrt(np.pi / 2 / len(last)))
    index = int(np.argmin(finite.value) if low else np.argmax(finite.value))
    return Outcome(
        name,
        float("nan") if not np.isfinite(series.value[-1]) else float(np.median(last)),
        error,
        float(finite.value[index]),
        float(finite.step[index]),
        float(series.step[-1]),
        nonfinite,
    )


def cut_alike(runs: Sequence[Run], measure: str, at: At) -> tuple[list[Series], float]:
    """Return the measure of each run up to where the shortest ends, and that place.

    Raises NeuralTrainerError, with the reason, where the axis is not known or not shared.
    """
    if at == "steps":
        _demand_one_unit(runs)
    places = [_places(run, run.signals[measure], at) for run in runs]
    until = min(float(place[-1]) for place in places)
    kept = [
        run.signals[measure].where(place <= until) for run, place in zip(runs, places, strict=True)
    ]
    for run, series, place in zip(runs, kept, places, strict=True):
        if not len(series):
            shortest = runs[int(np.argmin([float(p[-1]) for p in places]))]
            raise NeuralTrainerError(
                f"{shown_name(run.name)} begins its {shown_name(measure)} at {place[0]:g} and "
                f"{shown_name(shortest.name)} ends at {until:g} {unit(runs, at)}: nothing is at "
                f"the same place; expected one unit, all in tokens or all in steps"
            )
    return kept, until


def unit(runs: Sequence[Run], at: At) -> str:
    """Return what places on the axis count."""
    return {"steps": runs[0].axis, "time": "s", "compute": "FLOPs"}[at]


def _demand_one_unit(runs: Sequence[Run]) -> None:
    first = runs[0]
    other = next((run for run in runs if run.axis != first.axis), None)
    if other is not None:
        raise NeuralTrainerError(
            f"{shown_name(first.name)} counts in {first.axis} and {shown_name(other.name)} in "
            f"{other.axis}: not comparable at equal steps; expected one unit (or --at time)"
        )


def _places(run: Run, series: Series, at: At) -> Array:
    """Return where on the axis each point lies, (n,), not decreasing."""
    if at == "steps":
        return series.step
    return _elapsed(run, series) if at == "time" else _compute(run, series)


def _elapsed(run: Run, series: Series) -> Array:
    """Return seconds since the first point that the run logged."""
    if series.time is None:
        raise NeuralTrainerError(f"{shown_name(run.name)} has no clock beside its values")
    starts = [float(s.time[0]) for s in run.signals.values() if s.time is not None and len(s)]
    elapsed = series.time - min(starts)
    if (np.diff(elapsed) < 0).any():
        raise NeuralTrainerError(f"the clock of {shown_name(run.name)} goes back")
    return np.asarray(elapsed)


def _compute(run: Run, series: Series) -> Array:
    """Return FLOPs up to each point: logged, or 6 x parameters x tokens (Kaplan 2020, 2001.08361).

    Attention's share beyond the parameters is left out, as by that convention.
    """
    logged = _growing(run, _FLOPS)
    if logged is not None:
        return np.interp(series.step, logged.step, logged.value)
    count = parameters(run)
    tokens = _tokens(run, series)
    if count is None or tokens is None:
        known = {"parameters": count is not None, "tokens": tokens is not None}
        lacks = [name for name, there in known.items() if not there]
        raise NeuralTrainerError(
            f"{shown_name(run.name)} logs no FLOPs, and its {' and '.join(lacks)} are not known"
        )
    return 6.0 * count * tokens


def _tokens(run: Run, series: Series) -> Array | None:
    """Return the tokens up to each point: logged, or by the config of our own trainer."""
    logged = _growing(run, _TOKENS)
    if logged is not None:
        return np.interp(series.step, logged.step, logged.value)
    config = dict(flat(run.config))
    keys = ("training.batch_size", "training.accumulate", "model.context")
    sizes = [config.get(key) for key in keys]
    if run.axis != "step" or not all(isinstance(size, int) for size in sizes):
        return None
    return np.asarray(series.step * float(np.prod([size or 0 for size in sizes])))


def parameters(run: Run) -> int | None:
    """Return how many parameters a model has, by its layers or its config; None if unknown."""
    if run.layers is not None and run.layers.parameters:
        return sum(int(np.prod(parameter.shape)) for parameter in run.layers.parameters)
    for key, value in flat(run.config):
        known = key.rpartition(".")[2].lower() in _PARAMETERS
        if known and isinstance(value, int | float) and value > 0:
            return int(value)
    return None


def _growing(run: Run, names: tuple[str, ...]) -> Series | None:
    """Return the signal of one of `names` that only grows, None where there is none."""
    for name, series in run.signals.items():
        finite = series.finite()
        known = name.rpartition("/")[2].lower() in names and len(finite) > 1
        if known and finite.value[0] >= 0 and (np.diff(finite.value) > 0).all():
            return finite
    return None
