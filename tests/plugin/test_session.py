"""The plugin inside headless sessions of the real client: what reaches the model, what may run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from messages_api import Block, text, tool
from real_client import ROOT, Client, Session

SESSION_WORDS = "This folder trains neural networks"
PROMPT_WORDS = "This describes a training failure"
DIAGNOSE = "neural-trainer diagnose log.jsonl --json"
TRAIN = "neural-trainer train config.yaml"
LIST = "neural-trainer launch list"
NOT_UNASKED = (
    "neural-trainer launch --yes --log-from stdout -- python run.py",
    "neural-trainer launch -- python run.py",
    "neural-trainer launch stop run",
    "neural-trainer launch attach run",
    "neural-trainer launch prune",
    "neural-trainer launch listed -- python run.py",
    f"{LIST}; neural-trainer launch stop run",
    f"{LIST} && python run.py",
)


def _bash(command: str) -> Block:
    return tool("Bash", command=command, description="a command")


def _log(path: Path) -> None:
    """A log whose loss climbs and ends in NaN."""
    losses: list[float | str] = [2.3 - 0.02 * step for step in range(60)]
    losses += [1.1 * 1.4**step for step in range(20)] + ["nan"] * 10
    lines = [
        json.dumps({"step": step, "loss": loss, "lr": 0.5}) for step, loss in enumerate(losses, 1)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def commands(home: Client) -> Path:
    """A file with the arguments of every neural-trainer command that was run, a line each."""
    record = home.home / "commands"
    home.python.unlink()
    home.python.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" | tail -n 1 >>"{record}"\nexec "{sys.executable}" "$@"\n',
        encoding="utf-8",
    )
    home.python.chmod(0o755)
    return record


@pytest.fixture(scope="module")
def debugging(home: Client, plugin: Path, commands: Path) -> Session:
    """A user types /train-debug in a training project; model and agent run what they run."""
    project = home.project("training")
    (project / "requirements.txt").write_text("torch\n", encoding="utf-8")
    (project / "config.yaml").write_text("model: none\n", encoding="utf-8")
    _log(project / "log.jsonl")
    agent = tool(
        "Agent", subagent_type="neural-trainer:diagnostician", description="cause", prompt="Look."
    )
    return home.ask(
        "/neural-trainer:train-debug log.jsonl my loss is NaN",
        _bash(DIAGNOSE),
        _bash(TRAIN),
        _bash(f"{DIAGNOSE}; {TRAIN}"),
        agent,
        plugin=plugin,
        cwd=project,
        agent=[_bash(DIAGNOSE), _bash(TRAIN), text("Likely cause: lr-too-high.")],
    )


@pytest.fixture(scope="module")
def elsewhere(home: Client, plugin: Path) -> Session:
    """The same complaint where nothing trains; the model takes up the skill by itself."""
    project = home.project("elsewhere")
    (project / "main.py").write_text("import json\n", encoding="utf-8")
    return home.ask(
        "my loss is NaN",
        tool("Skill", skill="neural-trainer:train", args="my.yaml"),
        plugin=plugin,
        cwd=project,
        options=["--allowedTools", "Skill(neural-trainer:train)"],
    )


def test_everything_on_disk_is_loaded(debugging: Session) -> None:
    skills = {f"neural-trainer:{path.parent.name}" for path in ROOT.glob("skills/*/SKILL.md")}
    agents = {f"neural-trainer:{path.stem}" for path in ROOT.glob("agents/*.md")}
    assert skills
    assert agents
    init = debugging.init
    assert {name for name in init["skills"] if name.startswith("neural-trainer:")} == skills
    assert {name for name in init["agents"] if name.startswith("neural-trainer:")} == agents
    assert "neural-trainer" in {entry["name"] for entry in init["plugins"]}


def test_a_skill_that_is_typed_reaches_the_model(debugging: Session) -> None:
    assert "Asked for: log.jsonl my loss is NaN" in debugging.api.seen()
    assert "Measure, then name a cause" in debugging.api.seen()


def test_a_skill_that_the_model_takes_up_reaches_it(elsewhere: Session, plugin: Path) -> None:
    assert "Asked for: my.yaml" in elsewhere.api.seen()
    assert f'pip install "{plugin}"' in elsewhere.api.seen()
    assert "${CLAUDE" not in elsewhere.api.seen()


def test_the_short_name_of_a_skill_is_enough(home: Client, plugin: Path) -> None:
    session = home.ask("/train my.yaml lr=0.1", plugin=plugin, cwd=home.project("short"))
    assert "Asked for: my.yaml lr=0.1" in session.api.seen()


def test_both_hooks_speak_in_a_training_project_alone(
    debugging: Session, elsewhere: Session
) -> None:
    assert SESSION_WORDS in debugging.api.seen()
    assert PROMPT_WORDS in debugging.api.seen()
    assert SESSION_WORDS not in elsewhere.api.seen()
    assert PROMPT_WORDS not in elsewhere.api.seen()


def test_a_reading_verb_runs_unasked_and_its_report_arrives(debugging: Session) -> None:
    result = debugging.api.results()[0]
    assert not result.get("is_error"), result["content"]
    report = json.loads(result["content"])
    assert report["verdict"] == "faulty"
    assert report["root_causes"]


def test_an_executing_verb_is_not_run_unasked(debugging: Session, commands: Path) -> None:
    for result in debugging.api.results()[1:3]:
        assert result["is_error"]
        assert "requires approval" in result["content"]
    ran = commands.read_text(encoding="utf-8").splitlines()
    assert ran
    assert [line for line in ran if "diagnose log.jsonl --json" not in line] == []


@pytest.fixture(scope="module")
def training(home: Client, plugin: Path, commands: Path) -> tuple[Session, list[str]]:
    """A user types /train; the model tries what follows. Also the commands that were run."""
    project = home.project("launching")
    (project / "run.py").write_text("print('step 1 loss 1.0')\n", encoding="utf-8")
    commands.unlink(missing_ok=True)
    tried = [LIST, f"{LIST} --json", *NOT_UNASKED]
    session = home.ask(
        "/neural-trainer:train run.py", *map(_bash, tried), plugin=plugin, cwd=project
    )
    return session, commands.read_text(encoding="utf-8").splitlines()


def test_launch_list_runs_unasked(training: tuple[Session, list[str]]) -> None:
    shown, as_json, *_ = training[0].api.results()
    assert not shown.get("is_error"), shown["content"]
    assert shown["content"] == "no launches in this project"
    assert json.loads(as_json["content"])["launches"] == []


def test_a_launch_and_what_else_it_does_is_asked_for(training: tuple[Session, list[str]]) -> None:
    _, _, *results = training[0].api.results()
    assert len(results) == len(NOT_UNASKED)
    for command, result in zip(NOT_UNASKED, results, strict=True):
        assert result["is_error"], command
        assert "requires approval" in result["content"], command
    assert ["launch list" in line for line in training[1]] == [True, True]  # and nothing else ran


def test_the_agent_starts_with_its_skill_and_reads_unasked(debugging: Session) -> None:
    of_agent = [request for request in debugging.api.requests if _is_of_agent(request)]
    assert of_agent
    words = json.dumps(of_agent[-1])
    assert "You find out why a training run goes wrong" in words
    assert "Measure, then name a cause" in words  # train-debug, preloaded
    assert '\\"verdict\\": \\"faulty\\"' in words.replace("\\\\", "\\")
    assert "Likely cause: lr-too-high." in debugging.api.seen()


def _is_of_agent(request: dict[str, object]) -> bool:
    return "You find out why a training run" in json.dumps(request.get("system", ""))
