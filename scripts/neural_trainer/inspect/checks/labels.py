"""Are the labels in range, of more than one kind, and the same for the same input?

The number of classes is that of the logits given to a cross-entropy. Failed are: labels outside of
it; a single label throughout; 95 % or more of one class without weights in the loss (from there
on always guessing it is right that often, and short runs learn no more); the same input with
another label in 5 % or more of the inputs that occur again, of which there must be ten. That last
is asked of one label a sample and of inputs of 16 different floating numbers or more: text, and
rows of a few values, occur again by nature, with other labels.
"""

from __future__ import annotations

from collections import defaultdict

import torch

from neural_trainer.inspect.checks.data_look import Look, countable, input_parts, target_of
from neural_trainer.inspect.checks.observing import CLASSES, LossCall
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed, few
from neural_trainer.inspect.checks.subject import Subject

ID = "labels"
ONE_CLASS = 0.95  # share
CONFLICTS, REPEATED = 0.05, 10  # share of the inputs that occur again, and the fewest of these
DISTINCT = 16  # numbers in an input


def check(subject: Subject) -> Outcome:
    """Judge the whole-number targets of both splits."""
    train, held_out = subject.train, subject.held_out
    if not train.labels:
        return NotCheckable("no targets of whole numbers in the batches")
    call = next((c for c in subject.seen.calls if c.name in CLASSES), None)
    for split, look in (("training", train), ("held-out", held_out)):
        if look is not None and call is not None and (fault := _outside(split, look, call)):
            return fault
    counts = countable(train.labels)
    total = sum(counts.values())
    if not total:
        return Failed(
            "every target is -100, which the loss leaves out", "padding-not-masked",
            "look at what sets targets to -100: nothing is left to learn from",
        )  # fmt: skip
    conflicts, repeated = _conflicts(train) if _are_distinct(subject) else (0, 0)
    if repeated >= REPEATED and conflicts >= CONFLICTS * repeated:
        return Failed(
            f"{conflicts} of {repeated} inputs that occur again have another label there",
            "label-noise", "look at twenty of them: labels shuffled apart from inputs do this",
            {"conflicts": float(conflicts), "repeated": float(repeated)},
        )  # fmt: skip
    return _balance(counts, total, call, train)


def _outside(split: str, look: Look, call: LossCall) -> Failed | None:
    num_classes = call.input.shape[1] if call.input.ndim > 1 else call.input.shape[0]
    ignored = call.options.get("ignore_index", -100)
    outside = [v for v in look.labels if v != ignored and not 0 <= v < num_classes]
    if not outside:
        return None
    outside.sort()
    samples = sum(look.labels[value] for value in outside)
    return Failed(
        f"{samples} {split} labels are outside 0 to {num_classes - 1}, which the {num_classes} "
        f"outputs have: {few([str(v) for v in outside])}, first in "
        f"{look.label_places[outside[0]]}", "labels-wrong",
        "number the classes from 0, give the model as many outputs, and mark what is to be left "
        f"out by {ignored}", {"num_outside": float(samples), "num_classes": float(num_classes)},
    )  # fmt: skip


def _are_distinct(subject: Subject) -> bool:
    """Tell whether inputs are so rich that equal ones are copies, and have one label each."""
    target = target_of(subject.batch)
    if not hasattr(target, "ndim") or target.ndim != 1:
        return False
    parts = [t for _, t in input_parts(subject.batch) if t.is_floating_point() and t.ndim]
    return any(len(torch.unique(part[0])) >= DISTINCT for part in parts)


def _conflicts(look: Look) -> tuple[int, int]:
    """Return of how many inputs that occur again the labels differ, and how many occur again."""
    if not look.pairs or len(look.pairs) != len(look.inputs):
        return 0, 0
    times: dict[bytes, int] = defaultdict(int)
    answers: dict[bytes, set[bytes]] = defaultdict(set)
    for one, pair in zip(look.inputs, look.pairs, strict=True):
        times[one] += 1
        answers[one].add(pair)
    again = [one for one, count in times.items() if count > 1]
    return sum(len(answers[one]) > 1 for one in again), len(again)


def _balance(counts: dict[int, int], total: int, call: LossCall | None, look: Look) -> Outcome:
    most = max(counts, key=lambda value: counts[value])
    share = counts[most] / total
    numbers = {"num_labels": float(len(counts)), "largest_share": share}
    if len(counts) == 1:
        return Failed(
            f"all {total} labels are {most}", "labels-wrong",
            "look at where the labels come from, and at the order of the data", numbers,
        )  # fmt: skip
    weights = call is not None and call.options.get("weight") is not None
    if share >= ONE_CLASS and not weights:
        return Failed(
            f"{share:.1%} of {total} labels are {most}: guessing it is right that often",
            "class-imbalance", "weigh the classes in the loss or sample them evenly, and judge by "
            "a score per class", numbers,
        )  # fmt: skip
    return Passed(
        f"{len(counts)} different labels, the most frequent ({most}) is {share:.1%} of {total}; "
        f"{look.extent()}", numbers,
    )  # fmt: skip
