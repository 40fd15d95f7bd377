"""The learning rate's schedule does not fit the run: zero too early, or it
jumps.

Looks like: the learning rate is zero for a stretch at the end in which nothing
is learnt; or it rises at once in mid-run and the loss with it.

Why: the schedule counts in another unit than the loop (epochs, steps, steps of
all processes, accumulated steps), or was built for another length; a resumed
run may build it anew.

Not to be confused with: converged (flat, but the learning rate was not zero);
planned restarts, which come at regular distances and back to one height.

Settled by: the schedule's length in its own unit beside the number of times it
is stepped; the learning rate printed each epoch.

Fix: build the schedule for the number of steps that the loop makes, and step
it once per optimizer step (or once per epoch, if it counts epochs).

Sources: PyTorch documentation, torch.optim, "How to adjust learning rate";
Hoffmann et al. 2022, arXiv:2203.15556, appendix B (a cosine must end where the
run ends).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings
from neural_trainer.symptoms.finding import at

ID = "lr-schedule-wrong"
ISSUE = "The learning rate's schedule does not fit the run"
CONFIRM = "The schedule's length in its own unit, beside the number of times it is stepped."
SETTING = "any"
PRIOR = 0.03
EXPECTS = {
    "lr-zero": 0.6,
    "lr-jumps": 0.5,
    "loss-diverging": 0.15,
    "loss-plateau": 0.5,
    "loss-not-falling": 0.2,
    "loss-spike": 0.2,
    "unstable-at-peak-lr": 0.5,
    "lr-spent-early": 0.4,
    "lr-turns-often": 0.1,
    "lr-still-rising": 0.1,
    "parameters-barely-move": 0.1,
    "loss-falls-straight": 0.1,
    "schedule-begins-anew": 0.02,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the schedule's length that fits the run."""
    zero = findings.get("lr-zero")
    last = f"{run.last_step:.0f}"
    where = f"; now it reaches zero at {at(run, zero.step)}" if zero else ""
    return (
        words(
            f"Build the schedule for the run's own length, {last} {run.axis}s{where}, and step "
            "it once per optimizer step.",
            "The learning rate changes as planned until the last step, and the loss with it.",
            quick=True,
        ),
    )
