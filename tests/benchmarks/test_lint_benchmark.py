"""Where a finding on a planted bug counts, that every folder has rules, how looks are counted."""

from __future__ import annotations

from pathlib import Path

import lint
import lint_looks
import lint_scoring
import pytest
from lint_precision import share

from neural_trainer.inspect.lint.rules import RULES

SETS = pytest.mark.parametrize(
    "root",
    [lint_scoring.PLANTED, lint_scoring.FRESH, lint_scoring.FOURTH],
    ids=["first", "second", "fourth"],
)


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        pytest.param("a = 1\nb = 2  # PLANTED\nc = 3\n", {2}, id="the_statement"),
        pytest.param("a = f(\n    1,\n    2,  # PLANTED\n)\n", {1, 2, 3, 4}, id="the_call_around"),
        pytest.param(
            "for x in y:\n    for z in x:\n        a()\n        b()  # PLANTED\n",
            {1, 2, 4},
            id="the_loops_around",
        ),
        pytest.param("for x in y:  # PLANTED\n    a()\n    b()\n", {1}, id="the_head_alone"),
        pytest.param("def f():\n    if a:\n        b()  # PLANTED\n", {3}, id="no_if_no_function"),
    ],
)
def test_lines_that_count(text: str, counted: set[int]) -> None:
    assert lint_scoring.marked_lines(text) == counted


def test_a_program_without_a_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="PLANTED"):
        lint_scoring.marked_lines("a = 1\n")


@SETS
def test_folders_have_rules_that_exist(root: Path) -> None:
    files = lint_scoring.planted_files(root)
    later = lint_scoring.CAME_LATER if root == lint_scoring.FRESH else set()
    assert {path.parent.name for path in files} == set(lint_scoring.ACCEPTED) - later
    assert {rule for rules in lint_scoring.ACCEPTED.values() for rule in rules} <= set(RULES)


@SETS
def test_folders_hold_as_many_programs_as_the_page_counts(root: Path) -> None:
    """An interval over folders as clusters takes them to be of one size."""
    planted = lint_scoring.score({}, root).planted
    assert set(planted.values()) == {10 if root == lint_scoring.PLANTED else 4}
    near = lint_scoring.score({}, root).near
    assert set(near.values()) == {2 if root == lint_scoring.PLANTED else 1}
    assert set(near) == set(planted)


@SETS
def test_a_finding_off_the_mark_is_no_hit(root: Path) -> None:
    path = lint_scoring.planted_files(root)[0]
    name, folder = str(path.relative_to(root)), path.parent.name
    mark = min(lint_scoring.marked_lines(path.read_text()))
    rule = lint_scoring.ACCEPTED[folder][0]
    assert lint_scoring.score({name: [lint_scoring.Found(mark, rule)]}, root).hits[folder] == 1
    off = lint_scoring.score({name: [lint_scoring.Found(10_000, rule)]}, root)
    assert off.hits[folder] == 0
    assert off.others == [f"{name}:10000 {rule}"]
    ends = {name: [lint_scoring.Found(10_000, rule, (mark,))]}
    assert lint_scoring.score(ends, root).named[folder] == 1


def test_looks_at_each_set_are_counted_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "looks.jsonl"
    first, second = lint_scoring.PLANTED, lint_scoring.FRESH
    nothing, fresh = lint_scoring.score({}, first), lint_scoring.score({}, second)
    monkeypatch.setattr(lint_looks, "digest", lambda: "some")
    assert [each.look for each in lint_looks.looks(nothing, first, "", kept)] == [1]
    assert [each.look for each in lint_looks.looks(fresh, second, "", kept)] == [1]
    again = lint_looks.looks(nothing, first, "the same rules", kept)
    assert [each.note for each in again] == [""]
    monkeypatch.setattr(lint_looks, "digest", lambda: "others")
    found = lint_looks.looks(nothing, first, "other rules", kept)
    assert [(each.look, each.note) for each in found] == [(1, ""), (2, "other rules")]
    assert len(kept.read_text().splitlines()) == 3


def test_the_first_look_at_each_set_is_kept() -> None:
    lines = lint_looks.LOOKS.read_text().splitlines()
    starts = [each for each in lines if '"look": 1,' in each]
    assert len(starts) == 4
    found = (
        '258, "planted": 520',
        '93, "planted": 208',
        '39, "planted": 106',
        '122, "planted": 212',
    )
    assert all(f'"found": {each}' in start for each, start in zip(found, starts, strict=True))


def test_folders_that_are_found_whole_or_not_at_all_say_as_much_as_one_program_each() -> None:
    """Of k such clusters the ratio's variance is p (1 - p) / (k - 1)."""
    planted = dict.fromkeys("abcde", 4)
    whole = {"a": 4, "b": 4, "c": 4, "d": 0, "e": 0}
    assert lint.clustered(whole, planted).split(" ", 1)[1] == share_at(0.6, 4)


def test_folders_that_differ_less_than_by_chance_are_taken_for_chance() -> None:
    planted = dict.fromkeys("abcde", 4)
    assert lint.clustered(dict.fromkeys("abcde", 3), planted) == share(15, 20)


def share_at(part: float, tries: float) -> str:
    from neural_trainer.study.validate.resampling import wilson

    low, high = wilson(part * tries, tries, 0.95)
    return f"({low:.2f} to {high:.2f})"
