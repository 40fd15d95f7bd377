"""The report as one JSON object: the contract that scripts, skills and agents read."""

from __future__ import annotations

import json
import math
from typing import Any

from neural_trainer.causes import Fix
from neural_trainer.diagnosis.advice import next_commands, recommended
from neural_trainer.diagnosis.facts import Fact
from neural_trainer.diagnosis.report import Piece, Report, RootCause
from neural_trainer.symptoms import Finding

SCHEMA = "neural-trainer/report/1"
MOST_LAYERS = 100  # named with one finding


def to_dict(report: Report) -> dict[str, Any]:
    """Return the report as plain data, as docs/report.schema.json has it.

    Numbers that are not finite become strings.
    """
    fixes = recommended(report)
    plain: dict[str, Any] = {
        "schema": SCHEMA,
        "run": report.run,
        "verdict": report.verdict,
        "reason": report.reason,
        "root_causes": [_cause(cause) for cause in report.root_causes],
        "other_confidence": {name: round(p, 4) for name, p in report.others.items()},
        "confidence_basis": report.confidence_basis,
        "symptoms": [finding_to_dict(finding) for finding in report.symptoms],
        "quick_wins": [_fix(fix) for fix in fixes if fix.quick],
        "recommended_fixes": [
            {"priority": rank, **_fix(fix)} for rank, fix in enumerate(fixes, start=1)
        ],
        "not_checked": [
            {"symptom": item.symptom, "needs": item.needs} for item in report.not_checked
        ],
        "source": {"path": report.source, "format": report.format, "axis": report.axis},
        "signals": dict(report.signals),
        "notes": list(report.notes),
        "next": list(next_commands(report)),
    }
    if report.facts:
        plain["facts"] = [_fact(fact) for fact in report.facts]
    return plain


def to_json(reports: list[Report]) -> str:
    """Return one object for one report, and {"schema", "runs": [...]} for several."""
    if len(reports) == 1:
        return json.dumps(to_dict(reports[0]), indent=2, allow_nan=False)
    runs = [to_dict(report) for report in reports]
    return json.dumps({"schema": SCHEMA, "runs": runs}, indent=2, allow_nan=False)


def _cause(cause: RootCause) -> dict[str, Any]:
    return {
        "cause": cause.cause,
        "issue": cause.issue,
        "confidence": round(cause.confidence, 4),
        "evidence": list(cause.evidence),
        "against": list(cause.against),
        "weighed": [_piece(piece) for piece in cause.pieces],
        "fix": [_fix(fix) for fix in cause.fixes],
        "confirm": cause.confirm,
    }


def _piece(piece: Piece) -> dict[str, Any]:
    return {
        "symptom": piece.symptom,
        "sentence": piece.sentence,
        "speaks_for": piece.speaks_for,
        "times_likelier": float(f"{piece.times_likelier:.3g}"),
        **({"where": piece.where} if piece.where else {}),
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "cause": fact.cause,
        "kind": fact.kind,
        "name": fact.name,
        "sentence": fact.sentence,
        "where": fact.where,
        "times_likelier": float(f"{fact.bounded:.3g}"),
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "implementation": dict(fix.implementation),
        "expected_impact": fix.expected_impact,
    }


def finding_to_dict(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data; `layers` where it is about some, the first of them."""
    return {
        "symptom": finding.symptom,
        "step": _number(finding.step),
        "window": [_number(step) for step in finding.window],
        "strength": round(finding.strength, 4),
        "evidence": list(finding.evidence),
        "numbers": {name: _number(value) for name, value in finding.numbers.items()},
        **({"layers": list(finding.layers[:MOST_LAYERS])} if finding.layers else {}),
    }


def _number(value: float) -> float | int | str:
    """Return a number that JSON has: whole where it is whole, a string where not finite."""
    if not math.isfinite(value):
        return str(value)
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)
