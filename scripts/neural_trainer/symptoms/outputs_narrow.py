"""What a part of the model puts out varies ever less from sample to sample.

Told at complete sets by the spread of outputs over a batch, relative to their
size, of each part of a model that is a ModuleDict or ModuleList, as those of
two networks that play against each other are. Seen where the median of the
last third is under a fifth of the largest median of any tenth of the run.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number

ID = "outputs-narrow"
NEEDS = {"contrast of a part's output": 12}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
SHARE = 0.2


def find(run: Run) -> Finding | None:
    """Return the part whose outputs have narrowed most."""
    found: Finding | None = None
    for name, series in run.under("output_contrast/"):
        spread = series.finite()
        if len(spread) < 12:
            continue
        middles = [float(np.median(part)) for part in np.array_split(spread.value, 10)]
        late = float(np.median(spread.value[-(len(spread) // 3) :]))
        widest = max(middles)
        if widest <= 0 or late >= SHARE * widest:
            continue
        step = float(np.array_split(spread.step, 10)[int(np.argmax(middles))][-1])
        shown = shown_name(name.partition("/")[2])
        sentence = (
            f"Samples that {shown} puts out vary by {number(late)} of their size in the last "
            f"third, and by {number(widest)} before."
        )
        numbers = {"late": late, "widest": widest}
        if found is None or late / widest < found.numbers["late"] / found.numbers["widest"]:
            found = Finding(ID, step, (step, float(spread.step[-1])), 1.0, (sentence,), numbers)
    return found
