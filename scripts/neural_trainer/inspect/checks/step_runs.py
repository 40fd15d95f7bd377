"""Does one step run: does loss_fn return one finite number that training can follow back?"""

from __future__ import annotations

from torch import Tensor

from neural_trainer.inspect.checks.outcome import Failed, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject
from neural_trainer.inspect.user_case import one_line

ID = "step-runs"


def check(subject: Subject) -> Outcome:
    """Call loss_fn on a copy and the first batch."""
    seen = subject.seen
    if seen.error is not None:
        return Failed(
            f"loss_fn(model, batch) raised {one_line(seen.error)}", None,
            "mend that first: run it by hand on next(iter(train_batches))",
        )  # fmt: skip
    loss = seen.loss
    if not isinstance(loss, Tensor):
        return _wrong(f"a {type(loss).__name__}")
    if loss.ndim:
        return _wrong(f"a tensor of shape {tuple(loss.shape)}")
    value = float(loss.detach())
    if not loss.isfinite():
        return Failed(
            f"the first loss is {value}", "bad-initialisation",
            "look for a log or a division by zero in the loss, and at the first batch",
            {"loss": value},
        )  # fmt: skip
    return Passed(f"the first loss is {value:.4g}", {"loss": value})


def _wrong(found: str) -> Failed:
    return Failed(
        f"loss_fn returns {found}; expected a tensor of no dimension", "loss-reduction-wrong",
        "return the mean over the batch as a tensor",
    )  # fmt: skip
