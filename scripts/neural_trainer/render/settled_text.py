"""What checks settled between the causes of a run's diagnosis, for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neural_trainer.diagnosis.check_facts import LEAVES
from neural_trainer.diagnosis.report import Report
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Passed, Result
from neural_trainer.render.report_json import to_dict as report_to_dict
from neural_trainer.render.report_text import percent, to_text, wrapped
from neural_trainer.runs.plain_text import printable

SCHEMA = "neural-trainer/settled/1"
SETTLES = 0.05  # of confidence by which a cause must have moved to be told
LONGEST = 300
WORDS = {Passed: "passed", Failed: "FAILED", NotCheckable: "not checkable"}


def to_settled_text(results: Sequence[Result], before: Report, after: Report) -> str:
    """Return each check with the causes that it moved, then the diagnosis with all of them."""
    seconds = sum(result.seconds for result in results)
    lines = [f"{len(results)} checks on a copy of the model ({seconds:.0f} s):"]
    for result in results:
        outcome = result.outcome
        said = outcome.why if isinstance(outcome, NotCheckable) else outcome.evidence
        head = f"{result.check} {WORDS[type(outcome)]}: {printable(said, LONGEST)}"
        lines.append(wrapped(head, "  ", "    "))
        lines += [
            f"    settled: {cause} {_share(was)} -> {_share(now)}"
            for cause, was, now in moved(result, before, after)
        ]
    return "\n".join([*lines, "", to_text(after)])


def to_settled_dict(
    target: str, results: Sequence[Result], before: Report, after: Report
) -> dict[str, Any]:
    """Return the same as plain data: the checks, what they moved, the report with all of them."""
    return {
        "schema": SCHEMA,
        "target": target,
        "checks": [
            {
                "check": result.check,
                "outcome": WORDS[type(result.outcome)].lower().replace(" ", "_"),
                "settled": [
                    {"cause": cause, "before": round(was, 4), "after": round(now, 4)}
                    for cause, was, now in moved(result, before, after)
                ],
            }
            for result in results
        ],
        "report": report_to_dict(after),
    }


def moved(result: Result, before: Report, after: Report) -> list[tuple[str, float, float]]:
    """Return the causes that a check bears on and whose confidence moved by SETTLES or more.

    Each with its confidence before the checks and after all of them, the largest move first.
    """
    outcome = result.outcome
    if isinstance(outcome, NotCheckable):
        return []
    causes = [outcome.cause] if isinstance(outcome, Failed) else list(LEAVES.get(result.check, {}))
    was, now = _confidences(before), _confidences(after)
    found = [(name, was.get(name, 0.0), now.get(name, 0.0)) for name in causes if name]
    found = [item for item in found if abs(item[2] - item[1]) >= SETTLES]
    return sorted(found, key=lambda item: -abs(item[2] - item[1]))


def _confidences(report: Report) -> dict[str, float]:
    return {cause.cause: cause.confidence for cause in report.root_causes}


def _share(confidence: float) -> str:
    return percent(confidence) if confidence >= 0.01 else "<1%"
