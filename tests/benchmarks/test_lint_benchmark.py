"""Where a finding on a planted bug counts, and that every folder has rules that exist."""

from __future__ import annotations

import lint
import pytest

from neural_trainer.inspect.lint.rules import RULES


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
    assert lint.marked_lines(text) == counted


def test_a_program_without_a_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="PLANTED"):
        lint.marked_lines("a = 1\n")


def test_folders_have_rules_that_exist() -> None:
    files = lint.planted_files()
    assert {path.parent.name for path in files} == set(lint.ACCEPTED)
    assert {rule for rules in lint.ACCEPTED.values() for rule in rules} <= set(RULES)


def test_a_finding_off_the_mark_is_no_hit() -> None:
    path = lint.planted_files()[0]
    name, folder = str(path.relative_to(lint.PLANTED)), path.parent.name
    mark = min(lint.marked_lines(path.read_text()))
    rule = lint.ACCEPTED[folder][0]
    assert lint.score({name: [lint.Found(mark, rule)]}).hits[folder] == 1
    off = lint.score({name: [lint.Found(10_000, rule)]})
    assert off.hits[folder] == 0
    assert off.others == [f"{name}:10000 {rule}"]
    assert lint.score({name: [lint.Found(10_000, rule, (mark,))]}).named[folder] == 1
