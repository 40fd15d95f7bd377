"""What the pages name exists; what they say is not a threshold of the code said again."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from markdown_pages import FENCED, PAGES, ROOT, command_lines, name_of, spans

from neural_trainer.causes import CAUSES
from neural_trainer.commands import VERBS
from neural_trainer.inspect.lint.rules import RULES
from neural_trainer.render.report_schema import schema
from neural_trainer.runs.signal_table import SIGNALS
from neural_trainer.symptoms import SYMPTOMS

OURS = [path for path in PAGES if path.name == "SKILL.md" or path.parent.name == "agents"]
SIGNAL_NAMES = {signal.name for signal in SIGNALS}
# Keys that ml-expert and ml-training-debugger take and return beside those of the report.
CONTRACT = {"existing_code", "reference_materials", "code_changes", "overruled_by"}
# Spellings of other projects with a hyphen in them.
FOREIGN = {"all-linear", "write-config"}


def _names_of_ours() -> set[str]:
    skills = {path.parent.name for path in (ROOT / "skills").glob("*/SKILL.md")}
    agents = {path.stem for path in (ROOT / "agents").glob("*.md")}
    leaves = {path.stem for path in (ROOT / "skills").glob("using-*/*.md")}
    return {*CAUSES, *SYMPTOMS, *VERBS, *skills, *agents, *leaves, *RULES, "neural-trainer"}


def _keys(node: object) -> set[str]:
    """Every property that a JSON Schema speaks of."""
    if isinstance(node, dict):
        own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
        return own.union(*map(_keys, node.values()))
    return set().union(*map(_keys, node)) if isinstance(node, list) else set()


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_fault_a_verb_or_an_agent_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = {span for span in spans(text) if re.fullmatch(r"[a-z]+(?:-[a-z0-9]+)+", span)}
    named |= set(re.findall(r"neural-trainer:([a-z-]+)", text))
    assert sorted(named - _names_of_ours() - FOREIGN) == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_signal_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    patterns = [
        name.strip("'\"")
        for line in command_lines(text)
        for name in re.findall(r"--(?:signal|metric) (\S+)", line)
        if not name.isupper()
    ]
    patterns += [span for span in spans(text) if re.fullmatch(r"(?:eval|test)/[a-z_]+", span)]
    held_out = {f"{place}/{name}" for place in ("eval", "test") for name in SIGNAL_NAMES}
    known = SIGNAL_NAMES | held_out
    assert [name for name in patterns if not any(fnmatchcase(k, name) for k in known)] == []


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_a_key_or_signal_in_snake_case_exists(path: Path) -> None:
    found = spans(path.read_text(encoding="utf-8"))
    named = {span for span in found if re.fullmatch(r"[a-z]+(?:_[a-z]+)+", span)}
    known = SIGNAL_NAMES | _keys(schema()) | CONTRACT | {"neural_trainer", "cannot_judge"}
    assert sorted(named - known) == []


def thresholds(module: object) -> set[float]:
    """The numbers that a symptom's file gives a name in capitals."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    values = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            value = node.value.value
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                values.add(float(value))
    return values


def said_again(text: str) -> list[str]:
    """Sentences that name a symptom and, beside it, a number that its file holds as a threshold."""
    found = []
    for sentence in re.split(r"(?<=[.:;])\s+|\n\n|\n- |\n\| ", FENCED.sub("", text)):
        numbers = {float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", sentence)}
        for name in re.findall(r"`([a-z-]+)`", sentence):
            if name in SYMPTOMS and numbers & thresholds(SYMPTOMS[name]):
                found.append(sentence)
    return found


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_threshold_of_a_symptom_is_said_again(path: Path) -> None:
    assert said_again(path.read_text(encoding="utf-8")) == []


def test_there_is_something_to_hold_them_to() -> None:
    assert len(PAGES) > 15
    assert len(OURS) > 10
    assert {"root_causes", "not_checked", "expected_impact"} <= _keys(schema())
    assert sum(bool(thresholds(symptom)) for symptom in SYMPTOMS.values()) > 40
    name = next(name for name in SYMPTOMS if thresholds(SYMPTOMS[name]))
    number = max(thresholds(SYMPTOMS[name]))
    assert said_again(f"The symptom `{name}` fires from {number:g} on.")
    assert not said_again(f"The symptom `{name}` fires. There were {number:g} runs.")
