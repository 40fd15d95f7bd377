"""Do all batches have the same parts, dtypes and number of dimensions, and can be gone over again?

Sizes may differ, as lengths of text do; a dtype or a number of dimensions may not.
"""

from __future__ import annotations

from neural_trainer.inspect.checks.data_look import Look
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject

ID = "data-shapes"


def check(subject: Subject) -> Outcome:
    """Compare the parts of all batches, then begin a second pass."""
    train, held_out = subject.train, subject.held_out
    if not train.kinds:
        return NotCheckable("the batches hold no tensors")
    for split, look in (("training", train), ("held-out", held_out)):
        if look is not None and (fault := _fault(split, look)):
            return fault
    if held_out is not None:
        for part, kinds in train.kinds.items():
            other = held_out.kinds.get(part)
            if other is not None and other.keys() != kinds.keys():
                return Failed(
                    f"{part or 'the tensor'} is {_told(train, part)} in training and "
                    f"{_told(held_out, part)} held out", "train-val-mismatch",
                    "prepare both splits by one function",
                )  # fmt: skip
    batches = subject.case.train_batches
    if hasattr(batches, "__next__") or next(iter(batches), None) is None:
        return Failed(
            "train_batches cannot be gone over twice", None,
            "give something that can be iterated again (a DataLoader, a list), not a generator",
        )  # fmt: skip
    parts = [f"{part or 'batch'} {_told(train, part)} {train.shapes[part]}" for part in train.kinds]
    return Passed(f"{', '.join(parts[:4])}; {train.extent()}")


def _fault(split: str, look: Look) -> Failed | None:
    for part, kinds in look.kinds.items():
        if len(kinds) > 1:
            return Failed(
                f"{part or 'the tensor'} of the {split} batches is {_told(look, part)}",
                "bad-batch", "have the collate function return one dtype and one layout",
            )  # fmt: skip
        if kinds.total() != look.num_batches:
            return Failed(
                f"{part} is in {kinds.total()} of {look.num_batches} {split} batches",
                "bad-batch", "have every batch hold the same parts",
            )  # fmt: skip
    if look.uneven:
        return Failed(
            f"inputs and targets differ in number: {look.uneven}", "labels-wrong",
            "keep inputs and targets in one structure, sample by sample",
        )  # fmt: skip
    return None


def _told(look: Look, part: str) -> str:
    return " or ".join(f"{dtype} in {ndim} dimensions" for dtype, ndim in look.kinds[part])
