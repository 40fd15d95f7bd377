"""Are samples of the held-out data also in the training data?

By a hash of each sample's inputs: exact copies alone, so that what is augmented or drawn at random
anew is not found. Failed from 1 % of the held-out samples on, unless that is hardly more (a fifth)
than the share of training samples that have a copy there: inputs of few values do so by chance.
"""

from __future__ import annotations

from collections import Counter

from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject

ID = "duplicates"
SHARE = 0.01
BY_CHANCE = 1.2  # times the share of training samples that have a copy there


def check(subject: Subject) -> Outcome:
    """Compare the hashes of both splits."""
    train, held_out = subject.train, subject.held_out
    if held_out is None:
        return NotCheckable("the case has no eval_batches")
    if not train.inputs or not held_out.inputs:
        return NotCheckable("the batches are not laid out by samples")
    times = Counter(train.inputs)
    shared = sum(one in times for one in held_out.inputs)
    share = shared / len(held_out.inputs)
    repeats = sum(count for count in times.values() if count > 1) / len(train.inputs)
    numbers = {"shared": float(shared), "share": share, "repeats_in_training": repeats}
    told = f"{shared} of {len(held_out.inputs)} held-out samples are in the training data"
    looked = "" if train.whole else f", of which {len(train.inputs)} samples were looked at"
    if share < SHARE:
        return Passed(f"{told}{looked}, exact copies counted", numbers)
    if share <= BY_CHANCE * repeats:
        return NotCheckable(
            f"{told}, but {repeats:.1%} of the training samples have a copy there too: it may be "
            f"chance"
        )
    return Failed(
        f"{told}{looked} ({share:.1%})", "data-leakage",
        "split first, then augment and oversample the training part alone", numbers,
    )  # fmt: skip
