"""The schema of the report: it finds what is wrong, and every report that is printed meets it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from example_logs import LOGS, write
from made_faulty import FAULTY
from made_healthy import HEALTHY
from report_schema import faults

from neural_trainer.cli import main
from neural_trainer.diagnosis import diagnose
from neural_trainer.render import report_json
from neural_trainer.render.report_json import to_dict

MADE = {**HEALTHY, **FAULTY}


@pytest.mark.parametrize("name", MADE)
def test_the_report_of_a_made_run_meets_it(name: str) -> None:
    assert faults(to_dict(diagnose(MADE[name](0)))) == []


def test_several_reports_meet_it() -> None:
    reports = [diagnose(MADE[name](0)) for name in ("late-rise", "no-warmup")]
    assert faults(json.loads(report_json.to_json(reports))) == []


def _remove(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda report: report.pop(name)


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(report: dict[str, Any]) -> None:
        place: Any = report
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


BROKEN = {
    "no-verdict": _remove("verdict"),
    "another-verdict": _set("verdict", to="ill"),
    "another-schema": _set("schema", to="neural-trainer/report/0"),
    "unknown-key": _set("mood", to="good"),
    "confidence-over-one": _set("root_causes", 0, "confidence", to=1.2),
    "confidence-as-text": _set("root_causes", 0, "confidence", to="80%"),
    "no-evidence-in-a-symptom": _set("symptoms", 0, "evidence", to=[]),
    "window-of-one": _set("symptoms", 0, "window", to=[1]),
    "nan-as-another-word": _set("symptoms", 0, "step", to="NaN"),
    "priority-zero": _set("recommended_fixes", 0, "priority", to=0),
    "fix-of-two-forms": _set(
        "recommended_fixes", 0, "implementation", to={"words": "a", "diff": "b"}
    ),
    "fix-of-no-form": _set("recommended_fixes", 0, "implementation", to={"prose": "a"}),
    "true-for-a-count": _set("signals", "loss", to=True),
}


@pytest.mark.parametrize("change", BROKEN)
def test_what_is_wrong_is_found(change: str) -> None:
    report = to_dict(diagnose(FAULTY["late-rise"](0)))
    assert faults(report) == []
    broken = copy.deepcopy(report)
    BROKEN[change](broken)
    assert faults(broken)


@pytest.mark.parametrize("name", LOGS)
def test_what_is_printed_is_held_to_it(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(name, tmp_path)
    assert main(["diagnose", f"{name}.jsonl", "--json"]) == 0
    assert faults(json.loads(capsys.readouterr().out)) == []


def test_a_report_that_does_not_meet_it_fails_the_test_that_prints_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_json, "SCHEMA", "neural-trainer/report/0")
    with pytest.raises(AssertionError, match=r"\$.schema is not neural-trainer/report/1"):
        report_json.to_json([diagnose(FAULTY["late-rise"](0))])
