"""A run that shows something, too little for an alarm: every way of telling it copes with that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from example_logs import write

from neural_trainer.cli import main
from neural_trainer.diagnosis import EARLY, MEASURED, alarms, chances, diagnose
from neural_trainer.diagnosis.advice import recommended
from neural_trainer.render.report_html import to_html
from neural_trainer.render.report_markdown import to_markdown
from neural_trainer.runs.read import read
from neural_trainer.training.recommendation import recommend


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Chances under which no run is called faulty, whatever it shows."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "chances.json"
    file.write_text(json.dumps({"faulty_below": -1.0}))
    monkeypatch.setattr(chances, "FILE", file)
    chances.measured.cache_clear()
    for name in ("diverging", "healthy"):
        write(name, tmp_path)
    yield tmp_path
    chances.measured.cache_clear()


def test_it_is_no_verdict_and_says_what_was_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "diverging.jsonl"]) == 0
    text = capsys.readouterr().out
    assert "diverging: cannot be judged." in text
    assert "too little to raise an alarm" in " ".join(text.split())
    assert "Seen:\n  - loss fell to 1.887" in text
    assert "Possible causes, none likely enough for an alarm:\n  - " in text
    assert "[lr-too-high]. Settled by: " in " ".join(text.split())
    assert "Most likely cause" not in text
    assert "Fix: " not in text
    assert text.splitlines()[-2:] == [
        "Next: neural-trainer curves diverging.jsonl",
        "      neural-trainer probe MODULE:FACTORY",
    ]


def test_its_exit_code_is_that_of_what_cannot_be_judged() -> None:
    assert main(["diagnose", "diverging.jsonl", "--exit-code"]) == 4
    assert main(["diagnose", "healthy.jsonl", "--exit-code"]) == 0
    assert main(["diagnose", "diverging.jsonl", "healthy.jsonl", "--exit-code"]) == 4


def test_as_json_it_keeps_the_symptoms_and_causes_and_has_nothing_to_mend(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["diagnose", "diverging.jsonl", "--json"]) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "cannot_judge"
    assert "loss-diverging" in [symptom["symptom"] for symptom in report["symptoms"]]
    assert (report["recommended_fixes"], report["quick_wins"]) == ([],) * 2
    causes = report["root_causes"]
    assert causes[0]["cause"] == "lr-too-high"
    assert all(cause["evidence"] for cause in causes)
    shares = [*report["other_confidence"].values(), *(cause["confidence"] for cause in causes)]
    assert sum(shares) == pytest.approx(1, abs=1e-3)


def test_pages_show_what_was_seen() -> None:
    run = read("diverging.jsonl")
    report = diagnose(run)
    assert "`lr-too-high`" in to_markdown(report)
    assert "## What to do" not in to_markdown(report)
    page = to_html(report, run)
    assert "Possible cause (" in page
    assert "Most likely" not in page
    assert 'class="cannot_judge"' in page
    assert page.count('class="alarm"') > 0
    assert recommended(report) == ()


def test_it_raises_no_alarm_but_an_early_warning(capsys: pytest.CaptureFixture[str]) -> None:
    seen = {finding.symptom for finding in alarms(diagnose(read("diverging.jsonl")))}
    assert seen == set(EARLY)
    assert main(["watch", "diverging.jsonl", "--once"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "grad_norm is" in line


def test_it_is_a_line_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "diverging.jsonl", "healthy.jsonl"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["cannot", "be", "judged", "diverging"]
    assert lines[4] == "2 runs: 1 healthy, 1 cannot be judged."


def test_a_training_that_ends_so_is_not_called_ready() -> None:
    advice = recommend(diagnose(read("diverging.jsonl")), None)
    assert advice.kind == "cannot_judge"
    assert advice.sentence.startswith("Cannot be judged: What is seen may be a fault")


def test_the_basis_of_confidence_is_what_was_measured(folder: Path) -> None:
    assert diagnose(read("healthy.jsonl")).confidence_basis == MEASURED
    (folder / "chances.json").unlink()
    assert "not yet measured" in diagnose(read("healthy.jsonl")).confidence_basis
