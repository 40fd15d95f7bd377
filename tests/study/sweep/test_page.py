"""The page of a sweep: the best marked, every trial listed, nothing from elsewhere."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from page_parts import Page
from toy_sweep import asked, lay_down

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.study.sweep import places
from neural_trainer.study.sweep.importance import Share
from neural_trainer.study.sweep.page import to_page, write_report
from neural_trainer.study.sweep.report import Report, report_of
from neural_trainer.study.sweep.report_text import to_text
from neural_trainer.study.sweep.settings import built
from neural_trainer.study.sweep.storage import opened
from neural_trainer.study.sweep.sweep_file import keep, kept
from neural_trainer.study.sweep.worker import work

pytest.importorskip("optuna")


def made(project: Path, **changes: Any) -> Report:
    """Return the report of a sweep of the toy that one worker of this process has done."""
    lay_down(project, **changes)
    tree = asked(**changes)
    sweep = built(tree, "toy.yaml", "toy")
    study = places.create(sweep, opened(sweep))
    keep(sweep, tree, "", "neural-trainer sweep toy.yaml")
    work(sweep, 0, lambda line: None, threading.Event(), "here")
    return report_of(kept(sweep.folder), study)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_trials_and_the_best(project: Path) -> None:
    report = made(project)
    assert report.best is not None
    page = Page(to_page(report))
    assert f"Best: trial {report.best.number}, eval/loss {report.best.value:.6g}." in page.text
    lines = [*page.all("path", "trial"), *page.all("path", "curve")]
    assert len(lines) == 4
    assert len(page.all("path", "curve")) == 1
    assert len(page.all("svg")) == 1 + 2  # parallel coordinates, a slice a setting
    for row in report.rows:
        assert f"{row.number} {row.state} {row.value:.6g}" in page.text
    assert write_report(report, project / "a.html").read_text(encoding="utf-8") == to_page(report)
    with pytest.raises(NeuralTrainerError, match=r"expected \.html"):
        write_report(report, project / "a.png")


@pytest.mark.parametrize(("high", "settled"), [(0.3, True), (0.5, False)], ids=["apart", "open"])
def test_what_matters_is_told_with_how_sure_that_is(
    project: Path, high: float, settled: bool
) -> None:
    shares = {"lr": Share(0.8, 0.4, 0.9), "opt": Share(0.2, 0.1, high)}
    text = " ".join(to_text(replace(made(project, trials=1), importance=shares)).split())
    assert f"lr 80 % (40 to 90), opt 20 % (10 to {100 * high:.0f})" in text
    assert ("which of them matters most is not settled" not in text) == settled


def test_no_trial_with_a_value(project: Path) -> None:
    report = made(
        project, space={"lr": {"low": 1e-5, "high": 0.1}, "opt": ["infeasible"]}, trials=1
    )
    page = Page(to_page(report))
    assert "No trial is best yet." in page.text
    assert "infeasible" in page.text
    assert "infeasible, 1: its exit code 65 says: it cannot run so" in to_text(report)
    assert page.all("svg") == []
