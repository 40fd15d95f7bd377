"""What the model knew before gets worse while the new task gets better.

A held-out signal that is called old, source, previous, pretrain, retain, base
or general, an accuracy that falls by 15 % of its first level or a loss that
rises by 20 %, in a run whose own loss falls.
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import first, last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import NAMED, about, training_loss

ID = "old-task-forgotten"
NEEDS = {"old task": 3, "loss": 5}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.005
FALLEN, RISEN = 0.15, 0.2


def find(run: Run) -> Finding | None:
    """Return the old task's signal that gets worse."""
    part = training_loss(run)
    for old in about(run, NAMED["old task"]):
        series = old.series.finite()
        if len(series) < NEEDS["old task"] or series.value[0] <= 0:
            continue
        start, end = float(series.value[0]), last(series)
        is_loss = any(word in old.name.lower() for word in ("loss", "perplexity", "ppl", "error"))
        worse = (end / start - 1) / RISEN if is_loss else (1 - end / start) / FALLEN
        loss = None if part is None else part.series.finite()
        if worse < 1 or (loss is not None and len(loss) > 5 and last(loss) > first(loss)):
            continue
        begin, stop = float(series.step[0]), float(series.step[-1])
        sentence = (
            f"{old.name} goes from {number(start)} at {at(run, begin)} to {number(end)} while the "
            "new task is learnt."
        )
        return Finding(
            ID, begin, (begin, stop), min(1.0, 0.4 + 0.2 * worse), (sentence,), {"worse": worse}
        )
    return None
