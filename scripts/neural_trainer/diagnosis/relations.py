"""The relations between a run's numbers that an expert would work out before judging it.

For a language model to reason from: what no symptom says, because it is neither for a fault nor
against one by itself. Every line is of numbers alone, with what they are of.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.levels import over_time
from neural_trainer.signals.motion import moves, reach
from neural_trainer.signals.noise import scatter
from neural_trainer.signals.phases import phases
from neural_trainer.symptoms.finding import number
from neural_trainer.symptoms.roles import Part, held_out_pairs, losses

TENTHS = 10
MOST_COURSES = 9
MOST_PHASES = 6
FIRST = ("loss", "eval/loss", "accuracy", "eval/accuracy", "reward", "eval/reward", "grad_norm",
         "param_norm", "loss_scale", "entropy", "kl")  # fmt: skip
CLOCK = ("step_time_s", "data_time_s", "process_memory_bytes", "memory_bytes")
ELSEWHERE = ("lr", "finite", "grad_clipped", "throughput", "memory_now_bytes", *CLOCK)
USUAL = ("eval/loss", "lr", "grad_norm", "param_norm")
TRACED = ("loss", "eval/loss", "grad_norm", "param_norm", "loss_scale", "reward")
MOST_CLASSES = 20  # that a first loss tells: of more, every number is close to a whole one
CLOSE = 0.015  # of that number, to a whole one
LEAP = 8.0  # robust deviations of the changes
FEWEST = 5
COURSE = 400  # points that are looked at for periods


@np.errstate(all="ignore")
def relations(run: Run) -> tuple[str, ...]:
    """Return the relations of `run`, the most telling first; none for what it does not hold."""
    parts = (_starts, _unlogged, _courses, _held_out, _rate, _with_rate, _gradient, _movement,
             _leaps, _not_finite, _periods, _layers, _clock)  # fmt: skip
    return tuple(line for part in parts for line in part(run))


def _starts(run: Run) -> Iterator[str]:
    """What the first loss is the guess among, and the floors that follow."""
    for part in _trained(run):
        value = part.series.finite().value
        if not len(value):
            return
        first, last = float(value[0]), float(np.median(value[-max(1, len(value) // 20) :]))
        told = (
            f"{part.name} first {number(first)}, last {number(last)}, least {number(value.min())}"
        )
        among = math.exp(min(first, 700.0))
        whole = round(among) if among < MOST_CLASSES else 0
        if whole >= 2 and abs(among - whole) <= CLOSE * whole:
            floor = math.log(1 + (whole - 1) / math.e)
            told += f"; a guess among {whole} costs {number(math.log(whole))}, the floor of "
            told += f"softmax applied twice over {whole} is {number(floor)}"
        elif among >= MOST_CLASSES:
            told += f"; exp(first) {number(among)}"
        yield told


def _unlogged(run: Run) -> Iterator[str]:
    """Which of the usual signals are not logged: nothing follows from their absence."""
    missing = [name for name in USUAL if run.get(name) is None]
    if missing and len(missing) < len(USUAL):
        yield f"not logged: {', '.join(missing)}"


def _courses(run: Run) -> Iterator[str]:
    """Medians over tenths of the run."""
    others = [n for n in run.signals if n not in FIRST and n not in ELSEWHERE]
    names = [name for name in (*FIRST, *sorted(others)) if run.get(name) is not None]
    for name in names[:MOST_COURSES]:
        series = run.signals[name].finite()
        if not len(series):
            continue
        value = series.value
        if value.min() == value.max():
            told = f"{number(value[0])} throughout"
        else:
            told = " ".join(map(number, _tenths(series)))
        yield f"{shown_name(name)} by tenths: {told}"
    if len(names) > MOST_COURSES:
        yield f"{len(names) - MOST_COURSES} more signals not shown"


def _held_out(run: Run) -> Iterator[str]:
    """Held out against trained on, at the same steps, by thirds."""
    for pair in held_out_pairs(run)[:2]:
        held, trained = pair.held_out.series.finite(), pair.train.series.finite()
        if len(held) < 3 or len(trained) < 3:
            continue
        beside = np.interp(held.step, trained.step, smooth(trained.value, 5))
        ratio = [number(float(np.median(part))) for part in np.array_split(held.value / beside, 3)]
        first = f"at first {number(held.value[0] / beside[0])}"
        best = int(np.argmin(held.value))
        yield (
            f"{pair.held_out.name} over {pair.train.name}: {first}, by thirds {' '.join(ratio)}; "
            f"{pair.held_out.name} least at {run.axis} {number(held.step[best])} of "
            f"{number(held.step[-1])}"
        )


def _rate(run: Run) -> Iterator[str]:
    """The phases of the learning rate."""
    lr = run.get("lr")
    lr = None if lr is None else lr.finite()
    if lr is None or not len(lr):
        return
    found = phases(lr)
    if len(found) < 2 and lr.value.min() == lr.value.max():
        yield f"lr {number(lr.value[0])} throughout"
        return
    told = [
        f"{one.kind} {number(lr.at(one.start))} to {number(lr.at(one.stop))} "
        f"({run.axis}s {number(one.start)} to {number(one.stop)})"
        for one in found[:MOST_PHASES]
    ]
    more = f", and {len(found) - MOST_PHASES} phases more" if len(found) > MOST_PHASES else ""
    yield f"lr {', '.join(told)}{more}; peak {number(lr.value.max())}"


def _with_rate(run: Run) -> Iterator[str]:
    """Rank correlations with the learning rate, over tenths."""
    lr = run.get("lr")
    if lr is None or len(lr) < TENTHS or lr.value.min() == lr.value.max():
        return
    rate = _tenths(lr.finite())
    told = []
    for name in ("loss", "grad_norm"):
        series = run.get(name)
        series = None if series is None else series.finite()
        if series is not None and len(series) >= 3 * TENTHS:
            noise = np.array([scatter(part) for part in np.array_split(series.value, TENTHS)])
            told.append(f"noise of {name} {_rank(rate, noise):+.2f}")
    norm = run.get("param_norm")
    if norm is not None and len(norm.finite()) > 2 * TENTHS:
        moved, _ = moves(norm.finite(), None)
        by_tenths = np.array([np.median(part) for part in np.array_split(moved, TENTHS)])
        told.append(f"movement of param_norm {_rank(rate, by_tenths):+.2f}")
    if told:
        yield f"rank correlation with lr over tenths: {', '.join(told)}"


def _gradient(run: Run) -> Iterator[str]:
    """Percentiles of the gradient norm, and how much of it is clipped."""
    series = run.get("grad_norm")
    value = None if series is None else series.finite().value
    if value is None or len(value) < FEWEST:
        return
    shares = np.quantile(value, [0.01, 0.25, 0.5, 0.75, 0.99])
    told = f"grad_norm percentiles 1 25 50 75 99: {' '.join(map(number, shares))}"
    told += f", largest {number(value.max())}"
    clipped = run.get("grad_clipped")
    if clipped is not None:
        told += f"; clipped in {float(np.nanmean(clipped.value)):.0%} of steps"
    yield told


def _movement(run: Run) -> Iterator[str]:
    """How far the parameters' norm moves from point to point."""
    norm = run.get("param_norm")
    norm = None if norm is None else norm.finite()
    if norm is None or len(norm) < FEWEST:
        return
    moved, _ = moves(norm, None)
    thirds = [number(float(np.median(part))) for part in np.array_split(moved, 3)]
    still = float(np.mean(moved == 0))
    told = (
        f"param_norm from {number(norm.value[0])} to {number(norm.value[-1])}, "
        f"|change| / norm from point to point by thirds {' '.join(thirds)}; none in {still:.0%}"
    )
    allowed = reach(run)
    if allowed is not None and len(allowed):
        told += f"; over lr x grad_norm x steps {number(float(np.median(allowed)))}"
    yield told


def _leaps(run: Run) -> Iterator[str]:
    """The largest leap of each main signal, in the order in which they come."""
    found = []
    for name in TRACED:
        series = run.get(name)
        series = None if series is None else series.finite()
        if series is None or len(series) < 3 * FEWEST:
            continue
        change = np.diff(series.value)
        noise = scatter(series.value) * math.sqrt(2)
        at = int(np.argmax(np.abs(change)))
        times = abs(change[at]) / noise if noise > 0 else math.inf
        if change[at] and times >= LEAP:
            step = float(series.step[at + 1])
            was, became = number(series.value[at]), number(series.value[at + 1])
            found.append((step, f"{name} {was} to {became} at {number(step)}"))
    if found:
        yield f"largest leaps, in order: {'; '.join(told for _, told in sorted(found))}"


def _not_finite(run: Run) -> Iterator[str]:
    """Where values stop being finite, and the last that were."""
    found = []
    for name, series in run.signals.items():
        bad = np.flatnonzero(~np.isfinite(series.value))
        if len(bad) and not name.startswith("eval"):
            before = ", ".join(map(number, series.value[max(0, int(bad[0]) - 3) : int(bad[0])]))
            found.append(
                (float(series.step[bad[0]]), f"{shown_name(name)} at {number(series.step[bad[0]])} "
                 f"({len(bad)} of {len(series)} points; before it {before or 'nothing'})")
            )  # fmt: skip
    if found:
        yield f"not finite, in order: {'; '.join(told for _, told in sorted(found)[:4])}"


def _periods(run: Run) -> Iterator[str]:
    """The strongest period of the loss beside its course."""
    for part in _trained(run):
        course = blocks(part.series.finite(), COURSE)
        if len(course) < 8 * FEWEST:
            return
        rest = course.value - smooth(course.value, len(course) // 4 * 2 + 1)
        rest = rest[len(rest) // 10 :] - rest[len(rest) // 10 :].mean()
        alike = np.array([
            float(np.corrcoef(rest[:-lag], rest[lag:])[0, 1]) for lag in range(1, len(rest) // 3)
        ])  # fmt: skip
        peaks = np.flatnonzero((alike[1:-1] > alike[:-2]) & (alike[1:-1] >= alike[2:])) + 1
        apart = float(np.median(np.diff(course.step)))
        told = f"{part.name} beside its course: correlation of neighbours {alike[0]:+.2f}"
        if len(peaks):
            best = int(peaks[np.argmax(alike[peaks])])
            told += f", strongest period {number((best + 1) * apart)} {run.axis}s "
            told += f"({alike[best]:+.2f})"
        yield told


def _layers(run: Run) -> Iterator[str]:
    """What the layers do, late in the run: extremes over parameters and modules."""
    layers = run.layers
    if layers is None or not len(layers):
        return
    late = {name: over_time(table, 2)[-1] for name, table in layers.gradients.items()}
    trained = np.array([p.trainable for p in layers.parameters], dtype=bool)
    moved = late["update_ratio"]
    known = np.isfinite(moved)
    if known.any():
        yield (
            f"of {len(layers.parameters)} tensors {int((moved[known] > 0).sum())} move, "
            f"{int((~trained).sum())} are frozen; update over weight, least, median, largest: "
            f"{_spread(moved[known])}"
        )
    norms = late["grad_norm"]
    if np.isfinite(norms).any():
        sizes = np.where(np.isfinite(norms), norms, np.nan)
        low, high = int(np.nanargmin(sizes)), int(np.nanargmax(sizes))
        yield (
            f"gradient norm least in {_of(layers.parameters[low].name)} ({number(norms[low])}), "
            f"largest in {_of(layers.parameters[high].name)} ({number(norms[high])})"
        )
    cosine = late["grad_cosine"]
    if np.isfinite(cosine).any():
        yield f"cosine of successive gradients, median over tensors {np.nanmedian(cosine):+.2f}"
    active = {name: over_time(table, 2)[-1] for name, table in layers.activations.items()}
    for name in ("dead", "saturated", "std"):
        values = active.get(name, np.array([]))
        if len(values) and np.isfinite(values).any():
            yield f"outputs of modules, {name}: {_spread(values[np.isfinite(values)])}"


def _clock(run: Run) -> Iterator[str]:
    """Time and memory: first and last thirds."""
    told = []
    for name in CLOCK:
        series = run.get(name)
        value = None if series is None else series.finite().value
        if value is not None and len(value) >= FEWEST:
            thirds = [float(np.median(part)) for part in np.array_split(value, 3)]
            told.append(f"{name} {' '.join(map(number, thirds))}")
    if told:
        yield f"by thirds: {'; '.join(told)}"


def _trained(run: Run) -> list[Part]:
    """Return the loss that is trained, the whole before its terms; none where there is no loss."""
    return sorted(losses(run), key=lambda part: (part.name != "loss", part.name))[:1]


def _tenths(series: Series) -> Array:
    """Return the medians of `series` over up to ten parts of its points."""
    parts = np.array_split(series.value, min(TENTHS, len(series)))
    return np.array([float(np.median(part)) for part in parts])


def _rank(one: Array, other: Array) -> float:
    """Return Spearman's rank correlation of two arrays of one length."""
    count = min(len(one), len(other))
    ranks = [np.argsort(np.argsort(values[:count])).astype(float) for values in (one, other)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _spread(values: Array) -> str:
    return " ".join(map(number, (values.min(), np.median(values), values.max())))


def _of(name: str) -> str:
    return shown_name(name, 32)
