"""The loss rose from its best level and stays up.

Levels are medians: of the blocks of the whole run, smoothed. `rise` is the
level of the last tenth above the best. It counts where it is at least six
times the scatter of the blocks (the best is the lowest of up to 200 noisy
levels, which lies three scatters low by chance), at least a quarter of what
the run had gained until then (a quarter, not half: 1 of 4 nats given back for
good is serious), and where the loss is not on its way back: a bump, a
curriculum's jump or a restart of the schedule falls again, and is told by a
last third that falls by a fifth of the rise and has come under where the loss
began. So is harder data by a held-out loss, of two evaluations before the turn and after it or
more, that is lower at the end than it was before: what is measured alike got better.

Of 5 to 11 points it counts where all from one of them on, three or more, lie
over 1.5 times the highest before (3 times where only one came before), or over
twice the lowest, which at least three falling ones led to, with a quarter of
that gain given back by all and the highest of them last. A last
loss over 1e20 has diverged whatever came before, unless it never was anything else.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, head, slope, smooth, tail
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-diverging"
NEEDS = {"loss": 3}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.01
BLOCKS = 200
SCATTERS = 6.0
GIVEN_BACK = 0.25  # share of the gain
WAY_BACK = 0.2  # share of the rise that the last third has undone
FEWEST_EVALUATIONS = 2
FEWEST_UP = 4  # blocks that the loss must have stayed up
LONG = 12  # points from which levels are told from noise
FEW_UP = 3  # of fewer points
APART, APART_OF_ONE = 1.5, 3.0  # times the highest before
FEWEST, FEWEST_FALLING = 5, 3
OVER_BEST = 2.0  # times the lowest
ASTRONOMIC, OF_ONE = 1e20, 0.7  # the strength: where it came from is not seen


def find(run: Run) -> Finding | None:
    """Return the rise of the training loss that was not undone."""
    part = training_loss(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    if float(course.value[-1]) >= ASTRONOMIC and np.ptp(course.value) > 0:
        return _astronomic(run, part.name, course)
    if len(course) < LONG:
        return _of_few(run, part.name, course)
    level = smooth(course.value, max(3, len(course) // 20))
    low = int(np.argmin(level))
    best, last = float(level[low]), median(tail(level, 0.1))
    start = median(head(level, 0.05))
    rise, gain = last - best, max(start - best, 0.0)
    noise = scatter(course.value[: low + 1]) or scatter(course.value)
    if rise < SCATTERS * noise or rise < GIVEN_BACK * gain or rise <= 0:
        return None
    up = level > best + 0.5 * rise
    onset = len(level) - int(np.argmin(up[::-1])) if not up.all() else 0
    over_start = last > start
    if len(level) - onset < FEWEST_UP:
        return None
    if not over_start and _on_its_way_back(course.step, level, rise):
        return None
    turned = float(course.step[low])
    if part.name == "loss" and _generalises(run, turned):
        return None
    sentence = (
        f"{part.name} fell to {number(best)} at {at(run, turned)} and rose to {number(last)} by "
        f"{at(run, course.step[-1])}"
        + (f", over the {number(start)} it began with." if over_start else ".")
    )
    return Finding(
        ID,
        float(course.step[onset]),
        (turned, float(course.step[-1])),
        1.0 if over_start or rise > 0.5 * gain else 0.8,
        (sentence,),
        {"best": best, "last": last, "start": start, "turned_at": turned, "rise": rise},
    )


def _generalises(run: Run, turned: float) -> bool:
    """Tell whether the held-out loss is lower at the end than at any time before the turn."""
    logged = run.get("eval/loss")
    if logged is None:
        return False
    held_out = logged.finite()
    before, after = held_out.value[held_out.step <= turned], held_out.value[held_out.step > turned]
    if len(before) < FEWEST_EVALUATIONS or len(after) < FEWEST_EVALUATIONS:
        return False
    return float(after[-FEWEST_EVALUATIONS:].max()) < float(before.min())


def _astronomic(run: Run, name: str, course: Series) -> Finding:
    """Return a loss that is as good as infinite."""
    begin = float(course.step[int(np.argmax(course.value >= ASTRONOMIC))])
    last, end = float(course.value[-1]), float(course.step[-1])
    sentence = f"{name} is {number(last)} at {at(run, end)}: nothing is learnt from there."
    numbers = {"last": last, "start": float(course.value[0])}
    return Finding(ID, begin, (begin, end), OF_ONE, (sentence,), numbers)


def _on_its_way_back(step: Array, level: Array, rise: float) -> bool:
    """Tell whether the last third falls, significantly and by a fifth of the rise."""
    third = max(4, len(level) // 3)
    fit = slope(step[-third:], level[-third:])
    fallen = -fit.slope * float(step[-1] - step[-third])
    return fit.z < -3 and fallen > WAY_BACK * rise


def _over_all(value: Array, turn: int) -> bool:
    """Tell whether all from `turn` on lies far over all before."""
    apart = APART_OF_ONE if turn == 1 else APART
    return bool(value[turn:].min() >= apart * value[:turn].max())


def _over_best(value: Array, turn: int) -> bool:
    """Tell whether the loss fell until `turn` and has risen since, far over its lowest."""
    before, after = value[:turn], value[turn:]
    falling = len(before) >= FEWEST_FALLING and bool((np.diff(before[-FEWEST_FALLING:]) < 0).all())
    if not falling or after[-1] < after.max():
        return False
    gain = float(before.max() - before[-1])
    return bool(after.min() >= max(OVER_BEST * before[-1], before[-1] + GIVEN_BACK * gain))


def _of_few(run: Run, name: str, course: Series) -> Finding | None:
    """Return the point from which a few points lie far over all before."""
    value = course.value
    if len(value) < FEWEST or value.min() <= 0:
        return None
    turns = range(1, len(value) - FEW_UP + 1)
    turn = next((turn for turn in turns if _over_all(value, turn) or _over_best(value, turn)), None)
    if turn is None:
        return None
    before, after = float(value[:turn].max()), float(value[turn:].min())
    best, last = float(value[:turn].min()), float(value[-1])
    onset, end = float(course.step[turn]), float(course.step[-1])
    if not _over_all(value, turn):
        sentence = (
            f"{name} fell to {number(best)} before {at(run, onset)} and is at least "
            f"{number(after)} from there on, {number(last)} at the end."
        )
        numbers = {"best": best, "last": last, "start": float(value[0]), "rise": last - best}
        return Finding(ID, onset, (onset, end), 0.8, (sentence,), numbers)
    sentence = (
        f"{name} is at most {number(before)} before {at(run, onset)} and at least {number(after)} "
        f"from there on, {number(last)} at the end."
    )
    numbers = {"best": best, "last": last, "start": float(value[0]), "rise": last - best}
    return Finding(ID, onset, (onset, end), min(1.0, after / before / 3), (sentence,), numbers)
