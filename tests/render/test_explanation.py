"""`explain` prints every cause, symptom and rule well on a terminal of 80 columns."""

from __future__ import annotations

import re

import pytest

from neural_trainer.causes import CAUSES, FAULTS
from neural_trainer.inspect.lint.rules import RULES
from neural_trainer.render import explanation
from neural_trainer.render.explanation import explain, listing
from neural_trainer.symptoms import SYMPTOMS

NAMES = list(dict.fromkeys([*CAUSES, *SYMPTOMS, *RULES]))


@pytest.mark.parametrize("name", NAMES)
def test_each_is_explained_within_80_columns(name: str) -> None:
    text = explain(name)
    lines = text.splitlines()
    assert lines[0] in [f"{name} ({kind})" for kind in ("cause", "symptom", "rule")]
    assert max(map(len, lines)) <= 80
    assert len(" ".join(lines[1:])) > 80
    assert all(line == line.rstrip() for line in lines)
    assert all(char.isprintable() for line in lines for char in line)
    assert not re.search(r"\n\n\n|[^\S\n]{2,}\S", text.lstrip())


@pytest.mark.parametrize("name", FAULTS)
def test_a_cause_says_how_it_looks_why_and_how_it_is_mended(name: str) -> None:
    text = explain(name)
    for part in ("Looks like:", "Why:", "Not to be confused with:", "Settled by:", "Fix:"):
        assert f"\n\n{part} " in text


def test_what_a_docstring_names_exists() -> None:
    known = {*CAUSES, *SYMPTOMS}
    for name, home in {**CAUSES, **SYMPTOMS}.items():
        part = re.search(r"Not to be confused with: (.*?)(?:\n\n|\Z)", home.__doc__ or "", re.S)
        named = re.findall(r"(?:^|[;,] |and )([a-z]+(?:-[a-z]+)+) \(", part[1] if part else "")
        assert set(named) <= known, name


def test_a_line_that_is_too_long_is_filled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wide:
        """A sentence whose only line reaches far beyond the eighty columns of a terminal here."""

    monkeypatch.setitem(explanation.SYMPTOMS, "wide-one", Wide)
    lines = explain("wide-one").splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(lines[2:]) == Wide.__doc__


def test_a_name_of_a_cause_and_a_rule_gives_both() -> None:
    text = explain("zero-grad-missing")
    assert text.startswith("zero-grad-missing (cause)\n")
    assert "\n\nzero-grad-missing (rule)\n" in text


def test_the_list_names_each_once_with_its_first_sentence() -> None:
    lines = listing().splitlines()
    assert max(map(len, lines)) <= 80
    groups = (CAUSES, SYMPTOMS, RULES)
    for name in {name for group in groups for name in group}:
        named = sum(line.startswith(f"  {name} ") for line in lines)
        assert named == sum(name in group for group in groups)
