"""An accuracy is the same number again and again, far from perfect.

One value fills 60 % or more of at least five evaluations, the first left out,
under 0.98: a model whose answer depends on its input changes some answers as
it trains. Strength 0.6 at that, 1 where all are the same. The accuracy in
training, which may be of a small batch, counts from 80 %, where that of held-out
data does not say it. Of a training accuracy that ends at 0.98 or more nothing is
said: answers vary there, and on few held-out samples of a task that is solved the
accuracy stands still.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import accuracy, last
from neural_trainer.symptoms.finding import Finding, number

ID = "accuracy-constant"
NEEDS = {"any accuracy": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
SHARES = {"eval/accuracy": 0.6, "accuracy": 0.8}
PERFECT = 0.98


def find(run: Run) -> Finding | None:
    """Return the accuracy that does not change."""
    trained = accuracy(run, "accuracy")
    if trained is not None and len(trained) and last(trained) >= PERFECT:
        return None
    return next(filter(None, (_constant(run, *item) for item in SHARES.items())), None)


def _constant(run: Run, name: str, least: float) -> Finding | None:
    right = accuracy(run, name)
    if right is None or len(right) < NEEDS["any accuracy"]:
        return None
    value, count = np.unique(right.value[1:], return_counts=True)
    most = int(np.argmax(count))
    share = float(count[most] / count.sum())
    if share < least or not 0 < value[most] < PERFECT or count[most] < 4:
        return None
    begin, end = float(right.step[1]), float(right.step[-1])
    sentence = (
        f"{name} is exactly {number(float(value[most]))} in {int(count[most])} of "
        f"{int(count.sum())} {'evaluations' if name.startswith('eval') else 'points'}."
    )
    return Finding(
        ID, begin, (begin, end), share, (sentence,), {"value": float(value[most]), "share": share}
    )
