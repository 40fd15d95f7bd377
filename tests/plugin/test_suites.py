"""What `claude plugin eval` runs: a suite for each skill and agent, and the cases."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from messages_api import Block, MessagesAPI, text, tool
from packs import ROOT
from real_client import Client

EVALS = ROOT / "evals"
FILES = sorted(EVALS.rglob("case.yaml"))
SCHEMA = json.loads((EVALS / "case.schema.json").read_text(encoding="utf-8"))
SKILLS = {path.parent.name for path in ROOT.glob("skills/*/SKILL.md")}
AGENTS = {path.stem for path in ROOT.glob("agents/*.md")}
NUM_SUITES = len(SKILLS) + len(AGENTS)


def _read(path: Path) -> dict[str, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_every_skill_and_agent_has_a_suite() -> None:
    assert NUM_SUITES >= 23
    assert {path.name for path in (EVALS / "suites").iterdir()} == SKILLS | AGENTS
    for name in sorted(SKILLS | AGENTS):
        kinds = [path.name.rsplit("-", 1)[0] for path in (EVALS / "suites" / name).iterdir()]
        assert min(kinds.count("trigger"), kinds.count("other")) >= 2
        assert set(kinds) == {"trigger", "other"}


def test_names_and_prompts_are_told_once() -> None:
    read = [_read(path) for path in FILES]
    assert len({case["name"] for case in read}) == len(read) >= 4 * NUM_SUITES + 8
    prompts = [case["execution"]["prompt"] for case in read if "prompt" in case["execution"]]
    assert len(set(prompts)) == len(prompts) >= 4 * NUM_SUITES


@pytest.mark.parametrize("path", FILES, ids=lambda path: _read(path)["name"])
def test_a_case_has_the_form_that_the_client_takes(path: Path) -> None:
    case = _read(path)
    jsonschema.validate(case, SCHEMA)
    assert ("prompt" in case["execution"]) != (path.parent / "prompt.md").is_file()
    if path.parent.parent.name == "cases":
        assert case["name"] == f"case-{path.parent.name}"
        return
    suite, folder = path.parent.parent.name, path.parent.name
    assert case["name"] == f"{suite}-{folder}"
    assert case["tags"] == [suite, folder.rsplit("-", 1)[0]]
    (grader,) = case["graders"]
    assert grader["tool"] == ("Skill" if suite in SKILLS else "Agent")
    assert grader["input_match"] == f'"(neural-trainer:)?{suite}"'
    assert (grader["min"], grader.get("max")) == (1, None) if "trigger" in folder else (0, 0)


REFUSED = "Couldn't load"
WHOLE = EVALS / "suites/train/trigger-1/case.yaml"
BROKEN: dict[str, dict[str, Any]] = {
    "no version": {"schema_version": None},
    "a grader's key of ours": {
        "graders": [
            {
                "type": "tool_used",
                "name": "x",
                "tool": "Skill",
                "min": 1,
                "input_match": "x",
                "expected": True,
            }
        ]
    },
    "turns in words": {"execution": {"prompt": "x", "max_turns": "ten", "allowed_tools": []}},
    "no graders": {"graders": None},
    "a grader that is a program": {"graders": [{"type": "script", "name": "x", "path": "x.py"}]},
    "a tool without a name": {"graders": [{"type": "tool_used", "name": "x", "min": 1}]},
}


def _broken(name: str) -> dict[str, Any]:
    case = {**copy.deepcopy(_read(WHOLE)), **BROKEN[name]}
    return {key: value for key, value in case.items() if value is not None}


@pytest.mark.parametrize("name", BROKEN)
def test_the_schema_refuses_what_has_not_the_form(name: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_broken(name), SCHEMA)


def _eval(
    home: Client, plugin: Path, *options: str, says: list[Block], code: int | None
) -> tuple[dict[str, Any], str]:
    """What the client's harness found, with a model that says what it is told."""
    with MessagesAPI(*says) as api:
        done = subprocess.run(
            [home.path, "plugin", "eval", plugin, "--trust-plugin", "--no-publish", "--runs", "1",
             "--ablation", "none", "--json", home.home / "found.json", *options],
            cwd=home.home,
            env=home.environment(api.url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
        )  # fmt: skip
    assert code in (done.returncode, None), done.stdout + done.stderr
    found = json.loads((home.home / "found.json").read_text(encoding="utf-8"))
    return found, done.stdout + done.stderr


def test_the_client_loads_every_case(home: Client, plugin: Path) -> None:
    """All are loaded before the first is run, whose cost is above the ceiling."""
    found, said = _eval(home, plugin, "--max-cost-usd", "1e-9", says=[], code=2)
    assert REFUSED not in said
    assert len(found["cases"]) == 1


def test_the_client_names_every_case_that_has_not_the_form(home: Client, tmp_path: Path) -> None:
    """As above, so that what it says of none of ours it would say."""
    (tmp_path / ".claude-plugin").mkdir()
    manifest = {"name": "broken", "version": "1.0.0", "description": "x", "author": {"name": "x"}}
    (tmp_path / ".claude-plugin/plugin.json").write_text(json.dumps(manifest), encoding="utf-8")
    for name in ("whole", *BROKEN):
        folder = tmp_path / "evals" / name
        folder.mkdir(parents=True)
        case = _broken(name) if name in BROKEN else _read(WHOLE)
        (folder / "case.yaml").write_text(yaml.safe_dump(case), encoding="utf-8")
    found, said = _eval(home, tmp_path, "--max-cost-usd", "1e-9", says=[], code=None)
    assert len(found["cases"]) == 1
    assert {name for name in BROKEN if f"{name}/case.yaml: " in said} == set(BROKEN)
    assert REFUSED in said


@pytest.mark.parametrize(
    ("case", "opened", "passes"),
    [
        ("train-trigger-1", tool("Skill", skill="neural-trainer:train"), True),
        ("train-trigger-1", tool("Skill", skill="neural-trainer:train-debug"), False),
        ("train-other-1", tool("Skill", skill="neural-trainer:train-debug"), True),
        ("train-other-1", tool("Skill", skill="neural-trainer:train"), False),
        (
            "diagnostician-trigger-1",
            tool(
                "Agent",
                subagent_type="neural-trainer:diagnostician",
                description="look",
                prompt="look",
            ),
            True,
        ),
        ("diagnostician-trigger-1", text("Take a lower learning rate."), False),
    ],
)
def test_the_harness_of_the_client_judges_by_what_is_opened(
    home: Client, plugin: Path, case: str, opened: Block, passes: bool
) -> None:
    options = ("--case", case, "--allow-tools", "Agent")
    found, _ = _eval(home, plugin, *options, says=[opened], code=0 if passes else 1)
    (judged,) = found["cases"]
    assert judged["name"] == case
    assert judged["aggregates"]["passRate"] == float(passes)
    assert judged["arms"]["with"][0]["error"] is None
