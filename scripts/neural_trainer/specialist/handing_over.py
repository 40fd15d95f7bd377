"""A case handed over: measured, put to the specialist, and its answer held against that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_trainer.diagnosis.report import Report
from neural_trainer.errors import SpecialistError
from neural_trainer.render.report_brief import to_brief
from neural_trainer.render.report_json import to_dict
from neural_trainer.runs.run import Run
from neural_trainer.specialist import claims
from neural_trainer.specialist.answer import kept, taken_apart
from neural_trainer.specialist.case import Case
from neural_trainer.specialist.contract import (
    NOT_MEASURED,
    Answer,
    Node,
    diagnosis_faults,
    diagnosis_schema,
    plan_schema,
    schema_faults,
    work_faults,
    work_schema,
)
from neural_trainer.specialist.permissions import Permissions, permissions
from neural_trainer.specialist.prompt import prompt
from neural_trainer.specialist.roles import DEBUGGER, Role
from neural_trainer.specialist.session import Caps, Heard, Told, converse

SCHEMA = "neural-trainer/specialist/1"
Plan = Mapping[str, Any]


@dataclass(frozen=True)
class HandedOver:
    """All that a session starts from; printed by --dry-run, and nothing else is sent."""

    role: Role
    case: Case
    plan: Plan | None
    reports: Sequence[Report]
    permissions: Permissions
    schema: Node
    prompt: str

    @property
    def stage(self) -> str:
        """What is asked for: a diagnosis, a plan, or the work that a plan says."""
        return "diagnosis" if self.role.name == DEBUGGER else "work" if self.plan else "plan"


def prepare(role: Role, case: Case, plan: Plan | None = None) -> HandedOver:
    """Measure the case and return what is handed over.

    plan: one that a person approved. Raises ReadError where a log cannot be read.
    """
    judged = _judged(case) if role.name == DEBUGGER else []
    schema = (
        diagnosis_schema()
        if role.name == DEBUGGER
        else work_schema()
        if plan is not None
        else plan_schema()
    )
    logs = case.get("logs", [])
    others = [*case.get("code", []), *case.get("existing_code", []), *_references(case)]
    others += [case["config"]] if "config" in case else []
    return HandedOver(
        role=role,
        case=case,
        plan=plan,
        reports=[report for report, _ in judged],
        permissions=permissions(role, logs, others, plan),
        schema=schema,
        prompt=prompt(role, case, [to_brief(*one) for one in judged], schema, plan),
    )


def hand_over(handed: HandedOver, caps: Caps, told: Told) -> dict[str, Any]:
    """Run the specialist; return what it found or did, beside what the tool measured.

    Raises SpecialistError where the answer does not meet its contract after one turn to mend it.
    """
    measured = [to_dict(report) for report in handed.reports]
    heard, repaired = converse(
        handed.role,
        handed.prompt,
        handed.permissions,
        caps,
        lambda heard: [*_faults(handed, measured, heard), *_unproved(handed, heard)],
        told,
    )
    faults = _faults(handed, measured, heard)
    if faults:
        raise SpecialistError(
            f"the answer of {handed.role.name} does not meet its contract, asked twice "
            f"(${heard.usd:.4f} spent): {'; '.join(faults)[:1000]}"
        )
    answer, words = taken_apart(heard.text)
    assert answer is not None  # _faults has seen it
    first, *others = measured or [{}]
    mine = kept(answer, handed.schema)
    weighed = {cause["cause"]: cause["weighed"] for cause in first.get("root_causes", ())}
    for cause in mine.get("root_causes", ()):
        cause["weighed"] = weighed.get(cause["cause"], [])
    return {
        **first,
        **mine,
        "schema": SCHEMA,
        "specialist": handed.role.name,
        "stage": handed.stage,
        **({"others": others} if others else {}),
        "summary": words,
        "not_held": _unproved(handed, heard),
        "refused": heard.refused,
        "spent": {"usd": round(heard.usd, 6), "turns": heard.turns, "repaired": repaired},
    }


def _faults(handed: HandedOver, measured: Sequence[Mapping[str, Any]], heard: Heard) -> list[str]:
    """Return where the answer does not meet its contract."""
    answer, _ = taken_apart(heard.text)
    if answer is None:
        return ["the answer has no JSON object in a block that begins with ```json"]
    faults = schema_faults(answer, handed.schema)
    if faults:
        return faults
    if handed.stage == "diagnosis":
        return diagnosis_faults(answer, measured[0])
    return work_faults(answer) if handed.stage == "work" else []


def _unproved(handed: HandedOver, heard: Heard) -> list[str]:
    """Return the claims of an answer that nothing in the session bears out."""
    answer, _ = taken_apart(heard.text)
    if answer is None or schema_faults(answer, handed.schema):
        return []
    if handed.stage == "diagnosis":
        causes = answer["root_causes"]
        roots = [*handed.case.get("code", []), *_references(handed.case)]
        roots += [handed.case["config"]] if "config" in handed.case else []
        seen = handed.prompt + heard.printed
        return [
            *claims.not_in_code(causes, map(Path, roots)),
            *claims.not_measured(causes, seen),
        ]
    if handed.stage == "plan":
        return []
    return [
        *claims.not_run(_quoted(answer), heard.ran),
        *claims.not_as_written(answer["code_changes"], heard.written),
    ]


def _quoted(answer: Answer) -> list[str]:
    """Return the commands that an answer says its figures come from."""
    performance = answer["performance"]
    entries = [] if performance == NOT_MEASURED else performance
    entries = [entry for entry in [*answer["verification"], *entries] if not _left_out(entry)]
    ran = answer["tests"]["passed"] + answer["tests"]["failed"] > 0
    return [*([answer["tests"]["command"]] if ran else []), *(each["command"] for each in entries)]


def _left_out(entry: Mapping[str, Any]) -> bool:
    return NOT_MEASURED in (entry.get("result"), entry.get("after"))


def _references(case: Case) -> list[str]:
    """Return the reference materials that are files here; others are titles or addresses."""
    materials = case.get("reference_materials", [])
    each = materials if isinstance(materials, list) else [materials]
    return [item for item in each if isinstance(item, str) and _is_here(item)]


def _is_here(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # too long for a name: a text
        return False


def _judged(case: Case) -> list[tuple[Report, Run | None]]:
    """Return the tool's report on each run of the case, or on its words where it has no log."""
    from neural_trainer.diagnosis import diagnose
    from neural_trainer.diagnosis.beside import evidence_beside
    from neural_trainer.diagnosis.from_words import diagnose_description
    from neural_trainer.runs.logs import read_logs

    evidence = evidence_beside(case.get("config"), case.get("code", []))
    if not case.get("logs"):
        symptoms = case["symptoms"]
        words = symptoms if isinstance(symptoms, str) else "; ".join(map(str, symptoms))
        return [(diagnose_description(words, evidence), None)]
    logs = read_logs(case["logs"], crashed=True)
    logs.finish()
    first, *others = logs.runs
    return [(diagnose(first, evidence), first), *((diagnose(run), run) for run in others)]
