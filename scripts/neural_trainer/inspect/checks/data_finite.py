"""Is every value of the data a number?"""

from __future__ import annotations

from neural_trainer.inspect.checks.outcome import Failed, Outcome, Passed, few
from neural_trainer.inspect.checks.subject import Subject

ID = "data-finite"


def check(subject: Subject) -> Outcome:
    """Count what is NaN or infinite in both splits."""
    looks = {"training": subject.train, "held-out": subject.held_out}
    parts = []
    for split, look in looks.items():
        if look is None:
            continue
        if look.num_bad:
            return Failed(
                f"{look.num_bad} values of the {split} data are NaN or infinite: "
                f"{few(look.bad)}", "bad-batch",
                "mend or drop these samples, and look at what makes them",
                {"num_bad": float(look.num_bad)},
            )  # fmt: skip
        parts.append(f"{split}: {look.extent()}")
    return Passed(f"all values are finite; {'; '.join(parts)}")
