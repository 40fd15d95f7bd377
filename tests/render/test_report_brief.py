"""The brief report: small for any run, and with what a reader needs to reason from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from example_logs import write
from made_faulty import FAULTY
from made_healthy import HEALTHY

from neural_trainer.cli import main
from neural_trainer.diagnosis import diagnose
from neural_trainer.diagnosis.advice import next_commands
from neural_trainer.render.report_brief import MOST, to_brief
from neural_trainer.runs.run import Run, Series

MADE = {**HEALTHY, **FAULTY}


@pytest.mark.parametrize("name", MADE)
def test_it_fits(name: str) -> None:
    run = MADE[name](0)
    report = diagnose(run)
    text = to_brief(report, run)
    assert len(text.encode()) <= MOST
    assert text.splitlines()[-1] == f"next: {next_commands(report)[0]}"
    for cause in report.root_causes[:1] if report.verdict == "faulty" else ():
        assert f"{cause.cause}: " in text
        assert cause.confirm in text
    for finding in report.symptoms[:3]:
        assert finding.evidence[0] in text
    assert "by tenths: " in text or "not finite, in order: " in text


def test_a_thousand_signals_of_long_names_fit() -> None:
    step = np.arange(1.0, 51)
    signals = {f"loss/{'term of a stranger ' * 9}{n}": Series(step, 1 / step) for n in range(1000)}
    run = Run("wide", "wide", "made", signals)
    text = to_brief(diagnose(run), run)
    assert len(text.encode()) <= MOST
    assert "and 988 more" in text


def test_it_is_printed_for_one_run_and_not_beside_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write("diverging", tmp_path)
    assert main(["diagnose", "diverging.jsonl", "--brief"]) == 0
    assert capsys.readouterr().out.startswith("diverging: FAULTY. ")
    assert main(["diagnose", "diverging.jsonl", "--brief", "--json"]) == 2
