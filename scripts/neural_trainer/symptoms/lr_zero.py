"""The learning rate was zero, as good as zero, for a part of the run.

As good as zero is under a millionth of its peak: an update that small is lost
in rounding. It counts where it holds from the peak on for at least a tenth of
the run: a schedule may end at zero, and a warm-up may begin there, but neither
trains while it stays.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number

ID = "lr-zero"
NEEDS = {"lr": 5}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.01
AS_GOOD_AS_ZERO = 1e-6  # of the peak
SHARE = 0.1  # of the run


def find(run: Run) -> Finding | None:
    """Return the stretch at the end without a learning rate."""
    logged = run.get("lr")
    if logged is None:
        return None
    lr = logged.finite()
    peak = float(lr.value.max())
    gone = lr.value <= AS_GOOD_AS_ZERO * peak
    begins = len(gone) - int(np.argmin(gone[::-1])) if not gone.all() else 0
    if begins >= len(gone):
        return None
    first, last = float(lr.step[begins]), float(lr.step[-1])
    length = float(lr.step[-1] - lr.step[0])
    if length == 0 or (last - first) / length < SHARE:
        return None
    sentence = (
        f"lr is {number(float(lr.value[-1]))} from {at(run, first)} to the last: "
        f"{number(100 * (last - first) / length)} % of the run does not train"
    )
    peak_text = "." if peak == 0 else f"; its peak was {number(peak)}."
    return Finding(
        ID, first, (first, last), 1.0, (sentence + peak_text,),
        {"share": (last - first) / length, "peak": peak},
    )  # fmt: skip
