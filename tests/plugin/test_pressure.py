"""The scenarios under pressure: what was given is as drawn, graders tell right from shortcuts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from packs import LEAVES, ROOT

sys.path.insert(0, str(ROOT / "evals"))

from check import pressure_part
from grading import Pressure, edited, grader_of, pressures, why_not
from lay_out import press, tasks, written

PRESSURES = pressures()
DISCIPLINE = {
    "debugging-techniques",
    "hyperparameter-tuning-methodology",
    "llm-evaluation-frameworks",
    "performance-benchmarking",
    "rl-debugging-methodology",
    "rl-evaluation-benchmarking",
    "training-instability-troubleshooting",
}
RIGHT = "right"


def _answers(one: Pressure) -> dict[str, Path | dict[str, tuple[tuple[str, str], ...]]]:
    """Return the right answer and the wrong ones: folders, or what is replaced in given files."""
    grader = grader_of(one)
    if hasattr(grader, "RIGHT"):
        return {RIGHT: grader.RIGHT, **grader.WRONG}
    wrong = {path.name: path for path in sorted(one.folder.glob("bad-*"))}
    return {RIGHT: one.folder / "good", **wrong}


WRONG = [(one, name) for one in PRESSURES for name in _answers(one) if name != RIGHT]


def _answer(one: Pressure, name: str, folder: Path) -> Path:
    """Write an answer into a folder; return it."""
    made = _answers(one)[name]
    if isinstance(made, Path):
        return made
    for file, edits in made.items():
        given = (one.folder / "files" / file).read_text(encoding="utf-8")
        (folder / file).write_text(edited(given, edits), encoding="utf-8")
    return folder


def _id(value: object) -> str:
    return value.leaf if isinstance(value, Pressure) else str(value)


def test_every_leaf_of_discipline_has_its_scenario_with_shortcuts() -> None:
    assert {one.leaf for one in PRESSURES} == DISCIPLINE
    for one in PRESSURES:
        assert one.page == LEAVES[one.leaf]
        assert len([name for other, name in WRONG if other == one]) >= 2
        words = len((one.folder / "question.md").read_text(encoding="utf-8").split())
        assert 40 < words <= 215


@pytest.mark.parametrize("one", PRESSURES, ids=_id)
def test_what_is_given_is_as_the_grader_draws_it(one: Pressure) -> None:
    grader, drawn = grader_of(one), {}
    if hasattr(grader, "draw"):
        drawn |= {f"data/{name}": text for name, text in grader.draw().items()}
    if hasattr(grader, "beside"):
        drawn |= grader.beside()
    assert drawn
    for name, text in drawn.items():
        assert (one.folder / "files" / name).read_text(encoding="utf-8") == text


@pytest.mark.slow
@pytest.mark.parametrize("one", PRESSURES, ids=_id)
def test_a_right_answer_passes(one: Pressure, tmp_path: Path) -> None:
    assert why_not(one, _answer(one, RIGHT, tmp_path)) is None


@pytest.mark.slow
@pytest.mark.parametrize(("one", "name"), WRONG, ids=_id)
def test_a_shortcut_does_not_pass(one: Pressure, name: str, tmp_path: Path) -> None:
    assert why_not(one, _answer(one, name, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("one", PRESSURES, ids=_id)
def test_files_as_given_do_not_pass(one: Pressure, tmp_path: Path) -> None:
    """A page alone, whatever it says, is no answer."""
    (tmp_path / "NOTE.md").write_text("better, not shown, worse\n", encoding="utf-8")
    assert why_not(one, tmp_path)


def test_an_arm_tells_nothing_but_the_leaf(tmp_path: Path) -> None:
    for arm in ("red-1", "green-1"):
        press(tmp_path / arm, arm)
        for one, place in tasks(tmp_path / arm).items():
            files = one.folder / "files"
            given = {path.relative_to(files) for path in files.rglob("*") if path.is_file()}
            advice = {Path("ADVICE.md")} if arm == "green-1" else set()
            found = {path.relative_to(place) for path in place.rglob("*") if path.is_file()}
            assert found == given | {Path("TASK.md")} | advice
            assert list(written(one, place)) == []
            (place / "NOTE.md").write_text("done\n", encoding="utf-8")
            assert [str(name) for name in written(one, place)] == ["NOTE.md"]


def test_the_table_says_what_is_not_answered_and_keeps_losses() -> None:
    first, second = PRESSURES[:2]
    rows = pressure_part(
        {first: {"red-1": None, "red-2": None, "green-1": "it did", "green-2": None}}
    )
    assert f"| {first.leaf} | 2 of 2 | 1 of 2 | -0.50 |" in rows
    assert f"| {second.leaf} | not answered yet | not answered yet | not measured |" in rows
    assert rows[-1] == "| all | 2 of 2 | 1 of 2 | -0.50 |"
