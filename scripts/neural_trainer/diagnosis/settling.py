"""What would still settle between the leading causes: code to read, checks to run."""

from __future__ import annotations

from collections.abc import Mapping

from neural_trainer.causes import FAULTS
from neural_trainer.diagnosis.check_facts import LEADING, still_to_check
from neural_trainer.diagnosis.code_facts import BEARS
from neural_trainer.diagnosis.facts import Evidence
from neural_trainer.symptoms import NotChecked

BY_CODE = "needs --code PATH"
BY_CHECKS = "needs neural-trainer probe MODULE:FACTORY --log LOG"


def unsettled(probability: Mapping[str, float], evidence: Evidence) -> tuple[NotChecked, ...]:
    """Return what of code and checks was not looked at and bears on a leading cause.

    probability: cause -> what the diagnosis gives it. An item is named "rule ID" or "check NAME",
    or by what of the code would be read.
    """
    from neural_trainer.inspect.lint.rules import RULES

    leading = {cause: p for cause, p in probability.items() if cause in FAULTS and p >= LEADING}
    left: list[NotChecked] = []
    if "rule" not in evidence.looked_at:
        rules = {f"rule {name}": {rule.CAUSE} for name, rule in RULES.items()}
        habits: dict[str, set[str]] = {}
        for (subject, _), bears in BEARS.items():
            habits.setdefault(f"code: {subject}", set()).update(bears)
        left += [
            NotChecked(name, BY_CODE)
            for name, causes in {**rules, **habits}.items()
            if causes & set(leading)
        ]
    if "check" not in evidence.looked_at:
        left += [NotChecked(f"check {name}", BY_CHECKS) for name in still_to_check(leading)]
    return tuple(left)
