"""The cases: each fault is live, its mend restores health, what only hides it does not pass."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from packs import ROOT

sys.path.insert(0, str(ROOT / "evals"))

from case_program import logged, run
from grading import Case, cases, edited, grader_of, why_not
from lay_out import lay_out, written

CASES = cases()
GIVEN = {
    "TASK.md",
    "train.py",
    *(f"data/{name}.csv" for name in ("train", "test")),
    *(f"out/{name}" for name in ("metrics.jsonl", "predictions.csv")),
}
ASKED = (CASES[0].folder / "prompt.md").read_text(encoding="utf-8").split("\n\n", 1)[1]
WRONG = [(case, name) for case in CASES for name in grader_of(case).WRONG]
SLOWEST_S = 20.0  # of processor time; under 10 on a core of its own, more where others share it


def _id(value: object) -> str:
    return value.name if isinstance(value, Case) else str(value)


def _answer(case: Case, edits: tuple[tuple[str, str], ...], told: str, folder: Path) -> Path:
    """An answer: train.py with pieces of it replaced, and a page with a verdict."""
    program = (case.folder / "files" / "train.py").read_text(encoding="utf-8")
    (folder / "train.py").write_text(edited(program, edits), encoding="utf-8")
    (folder / "ANSWER.md").write_text(f"# What I found\n\nverdict: {told}\n", encoding="utf-8")
    return folder


def test_there_are_cases_with_a_fault_and_without() -> None:
    assert len(CASES) == 8
    sound = [case.name for case in CASES if grader_of(case).VERDICT == "nothing wrong"]
    assert len(sound) == 2
    masked = [name for _, name in WRONG if name == "the second fault alone"]
    assert len(masked) == 2


def test_a_wrong_verdict_does_not_pass(tmp_path: Path) -> None:
    case = next(case for case in CASES if grader_of(case).VERDICT == "fault")
    reason = why_not(case, _answer(case, grader_of(case).RIGHT, "nothing wrong", tmp_path))
    assert reason
    assert "verdict" in reason


def test_what_is_laid_out_tells_nothing_and_what_was_written_is_taken_back(tmp_path: Path) -> None:
    lay_out(tmp_path / "arm", with_plugin=False)
    for case in CASES:
        place = tmp_path / "arm" / case.name
        given = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
        assert given == GIVEN
        assert (place / "TASK.md").read_text(encoding="utf-8").endswith(ASKED)
        assert list(written(case, place)) == []
        (place / "ANSWER.md").write_text("verdict: fault\n", encoding="utf-8")
        (place / "out" / "metrics.jsonl").write_text("{}\n", encoding="utf-8")
        assert [str(name) for name in written(case, place)] == ["ANSWER.md"]


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_the_fault_is_live(case: Case, tmp_path: Path) -> None:
    """The given program shows what the prompt tells, in the given log and when it is run."""
    grader = grader_of(case)
    given = case.folder / "files"
    for name, text in grader.draw().items():
        assert (given / "data" / name).read_text(encoding="utf-8") == text
    shutil.copytree(given, tmp_path, dirs_exist_ok=True)
    ran = run(tmp_path, grader.draw())
    assert 0 < ran.processor_s < SLOWEST_S
    assert grader.symptom(ran.metrics)
    assert grader.symptom(logged(given))


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_the_right_mend_restores_health(case: Case, tmp_path: Path) -> None:
    grader = grader_of(case)
    assert why_not(case, _answer(case, grader.RIGHT, grader.VERDICT, tmp_path)) is None


@pytest.mark.slow
@pytest.mark.parametrize(("case", "name"), WRONG, ids=_id)
def test_what_mends_nothing_does_not_pass(case: Case, name: str, tmp_path: Path) -> None:
    """Found by what the program does: the verdict is right."""
    grader = grader_of(case)
    reason = why_not(case, _answer(case, grader.WRONG[name], grader.VERDICT, tmp_path))
    assert reason
    assert "verdict" not in reason
