"""What the tool says of the runs of training scripts, from more and more evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fault_gym.evidence import Seen
from fault_gym.programs import CODE
from fault_gym.recorder import LOG, RUN
from fault_gym.running import OUTCOME, Case, is_sound
from fault_gym.scoring import Judged

if TYPE_CHECKING:
    from neural_trainer.diagnosis import Report

KINDS = {
    "log": (LOG, False), "statistics": (RUN, False),
    "log, code": (LOG, True), "statistics, code": (RUN, True),
}  # fmt: skip
"""Kind of evidence -> what is read, and whether the code is read beside it."""


def judged_case(work: tuple[Case, Path]) -> list[Judged]:
    """Return a sound run judged from each kind of evidence; nothing of one that is not sound."""
    from neural_trainer.diagnosis import diagnose
    from neural_trainer.diagnosis.beside import evidence_beside
    from neural_trainer.diagnosis.chances import measured
    from neural_trainer.runs.read import read

    case, root = work
    folder = root / case.folder
    outcome: dict[str, Any] = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
    if not is_sound(outcome):
        return []
    found = []
    for kind, (name, with_code) in KINDS.items():
        beside = evidence_beside(None, [str(folder / CODE)]) if with_code else None
        report = diagnose(read(folder / name), beside)
        shown = {f.symptom: f.strength for f in report.symptoms}
        shown |= {fact.name: 1.0 for fact in report.facts if fact.certain}
        seen = Seen(
            case.family, case.scenario, case.severity, case.seed, outcome["planted"],
            tuple(outcome["accepted"]), kind, shown, (), (),
            report.verdict if report.verdict == "cannot_judge" else "",
        )  # fmt: skip
        found.append(Judged(seen, _probability(report), measured().faulty_below))
    return found


def _probability(report: Report) -> Mapping[str, float]:
    named = {cause.cause: cause.confidence for cause in report.root_causes}
    others = {name: share for name, share in report.others.items() if name != "other_faults"}
    return {**named, **others}
