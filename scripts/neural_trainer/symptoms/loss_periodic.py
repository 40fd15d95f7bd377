"""The loss repeats itself: the same ups and downs, epoch after epoch.

After the first tenth, what is left of up to 400 points of the training loss
beside its running median correlates by 0.5 or more with itself one period on,
and by 0.3 two periods on; the period is at least 4 points and fits three times
into the run. Shuffled data has no period; data in a fixed order has that of
the epoch. A learning rate that comes back again and again takes the loss along:
where it rises twice or more it is not looked for.

A period that is no whole number of points, or is short, does not repeat point by
point. So a wave is fitted too: what is left of the logarithm of the loss beside
a polynomial of the fifth degree, clipped at four deviations. It counts where
chance would bring as strong a one, at any of the periods tried, once in 500 such
runs, where the wave fitted to either half explains 0.35 or more of the other,
and where no period (six points at least) holds less than 0.3 of its size: noise
has its waves too, and keeps to none; a loss that drops twice leaves waves beside
any trend, though not everywhere. Periods are from 2.2 points (the shortest that
sampling shows is 2) to a quarter of the run (a slower one is its trend); where the
log has epochs, or evaluations at equal distances, that period is tried alone
first. The sawtooth of repeated data, each pass of which is known better than the
one before, shows too.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.noise import deviation
from neural_trainer.signals.phases import phases
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-periodic"
NEEDS = {"loss": 24}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
BLOCKS = 400
ONCE, TWICE = 0.5, 0.3
SHORTEST = 4
RESTARTS = 2
DEGREE = 5
DEVIATIONS = 4.0
CHANCE = 1 / 500
CARRIED = 0.35  # of the variance of one half, by the wave of the other
WAVE_SHORTEST, WAVE_FEWEST = 2.2, 4  # points in a period; periods in the run
EVERYWHERE = 0.3  # of the wave's size, in each period
STRETCH = 6  # points, of which a size is told from noise


def find(run: Run) -> Finding | None:
    """Return the period of the training loss."""
    part = training_loss(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    course = course.where(np.arange(len(course)) >= len(course) // 10)
    if len(course) < 20:
        return None
    lr = run.get("lr")
    if lr is not None and sum(p.kind == "rises" for p in phases(lr)) >= RESTARTS:
        return None
    begin, end = float(course.step[0]), float(course.step[-1])
    told = _wave(course, _epochs(run)) or _repeated(course)
    if told is None:
        return None
    period, share, how = told
    sentence = (
        f"{part.name} repeats itself every {number(period)} {run.axis}s from {at(run, begin)} on "
        f"({how})."
    )
    return Finding(
        ID, begin, (begin, end), min(1.0, share + 0.3), (sentence,),
        {"period": period, "correlation": share},
    )  # fmt: skip


def _repeated(course: Series) -> tuple[float, float, str] | None:
    """Return the period after which the loss is point by point as it was."""
    longest = len(course) // 3
    rest = course.value - smooth(course.value, 2 * (longest // 2) + 1)
    spread = 3 * float(np.median(np.abs(rest)))
    rest = np.clip(rest, -spread, spread) if spread > 0 else rest
    alike = _alike(rest, min(2 * longest, len(rest) - 4))
    best = max(
        range(SHORTEST, longest + 1), key=lambda lag: alike[lag] if lag < len(alike) else -1.0
    )
    if not _is_peak(alike, best) or alike[best] < ONCE:
        return None
    if 2 * best < len(alike) and alike[2 * best] < TWICE:
        return None
    period = best * float(np.median(np.diff(course.step)))
    return period, float(alike[best]), f"correlation {alike[best]:.2f}"


def _epochs(run: Run) -> list[float]:
    """Return how many steps an epoch may have: by the epochs, or by the evaluations, of the log."""
    epoch, held_out = run.get("epoch"), run.get("eval/loss")
    lengths = []
    if epoch is not None and len(epoch) > 1 and epoch.value[-1] > epoch.value[0]:
        lengths.append((epoch.step[-1] - epoch.step[0]) / (epoch.value[-1] - epoch.value[0]))
    if held_out is not None and len(held_out) >= WAVE_FEWEST:
        lengths.append((held_out.step[-2] - held_out.step[0]) / (len(held_out) - 2))
    return [float(length) for length in lengths]


def _wave(course: Series, epochs: list[float]) -> tuple[float, float, str] | None:
    """Return the period of the wave that the loss keeps to in both halves."""
    n = len(course)
    every = float(np.median(np.diff(course.step)))
    place = (course.step - course.step[0]) / every
    if place[-1] > 2 * n:  # most of the run is in gaps
        return None
    value = np.log(course.value) if float(course.value.min()) > 0 else course.value
    trend, _ = np.linalg.qr(np.polynomial.legendre.legvander(2 * place / place[-1] - 1, DEGREE))
    rest = _beside(trend, value)
    most = DEVIATIONS * deviation(rest)
    rest = _beside(trend, np.clip(rest, -most, most))
    if not float(np.abs(rest).max()) > 1e-9 * float(np.abs(value).max()):  # nothing but rounding
        return None
    tried = np.arange(WAVE_FEWEST / n, 1 / WAVE_SHORTEST, 0.25 / n)  # in periods a point
    known = [every / each for each in epochs if WAVE_SHORTEST <= each / every <= n / WAVE_FEWEST]
    for pitches in (*(np.array([pitch]) for pitch in known), tried):
        explained = _powers(pitches, place, trend, rest)
        best = int(np.argmax(explained))
        pitch, share = float(pitches[best]), float(explained[best])
        wave = _beside(trend, _turns(np.array([[pitch]]), place)[:, 0])
        # The odds of one pitch (Scargle 1982, ApJ 263), at as many as tell apart: two in 1 / n.
        by_chance = max(1.0, len(pitches) / 2) * (1 - share) ** ((n - DEGREE - 3) / 2)
        halves = (slice(n // 2), slice(n // 2, n))
        carried = min(
            _explained(wave[:, a], rest[a], wave[:, b], rest[b]) for a, b in (halves, halves[::-1])
        )
        if by_chance > CHANCE or carried < CARRIED:
            continue
        if min(_sizes(rest, wave, pitch * place)) >= EVERYWHERE:
            told = f"a wave is {100 * share:.0f} % of how it varies, the same in both halves"
            return every / pitch, share, told
    return None


def _sizes(rest: Array, waves: Array, turn: Array) -> list[float]:
    """Return the wave's size in each period, or six points at least, in that of the whole."""
    fitted = np.linalg.lstsq(waves.T, rest)[0] @ waves
    stretch = max(1, round(STRETCH * float(turn[-1]) / len(turn)))  # periods
    which = (turn / stretch).astype(int)
    whole = [np.flatnonzero(which == each) for each in range(int(turn[-1] / stretch))]
    return [float(fitted[at] @ rest[at] / (fitted[at] @ fitted[at])) for at in whole]


def _beside(trend: Array, value: Array) -> Array:
    """Return what of `value`, (..., n), the columns of `trend` do not explain."""
    return np.asarray(value - (value @ trend) @ trend.T)


def _turns(pitches: Array, place: Array) -> Array:
    """Return cosines and sines of so many periods a point, (2, pitches, n)."""
    angle = 2 * np.pi * pitches * place
    return np.stack([np.cos(angle), np.sin(angle)])


def _powers(pitches: Array, place: Array, trend: Array, rest: Array) -> Array:
    """Return what share of `rest`, itself beside the trend, a wave of each pitch explains."""
    cos, sin = _turns(pitches[:, None], place)
    of_cos, of_sin = cos @ trend, sin @ trend  # beside the trend, without making these waves
    cc = (cos * cos).sum(1) - (of_cos * of_cos).sum(1)
    ss = (sin * sin).sum(1) - (of_sin * of_sin).sum(1)
    cs = (cos * sin).sum(1) - (of_cos * of_sin).sum(1)
    a, b = cos @ rest, sin @ rest
    power = (a * a * ss - 2 * a * b * cs + b * b * cc) / np.maximum(cc * ss - cs * cs, 1e-9)
    return np.asarray(power / (rest @ rest))


def _explained(known: Array, told_by: Array, waves: Array, rest: Array) -> float:
    """Return what share of `rest` the `waves` explain, as large as `told_by` shows `known`.

    Below 0 where it misleads.
    """
    left, total = rest - np.linalg.lstsq(known.T, told_by)[0] @ waves, float(rest @ rest)
    return 1 - float(left @ left) / total if total > 0 else 0.0


def _alike(value: Array, longest: int) -> Array:
    """Return the autocorrelation of `value` at lags 0 to `longest`."""
    value = value - value.mean()
    lags = np.arange(longest + 1)
    products = np.correlate(value, value, "full")[len(value) - 1 :][: longest + 1]
    squares = value * value
    early, late = squares.cumsum()[::-1], squares[::-1].cumsum()[::-1]
    size = np.sqrt(early[lags] * late[lags])
    return np.where(size > 0, products / np.where(size > 0, size, 1.0), 0.0)


def _is_peak(alike: Array, lag: int) -> bool:
    """Tell whether the correlation at `lag` stands out from those at shorter ones."""
    return lag + 1 < len(alike) and bool(
        alike[lag] >= alike[lag - 1] - 0.02
        and alike[lag] >= alike[lag + 1] - 0.02
        and float(alike[1:lag].min()) < alike[lag] - 0.3
    )
