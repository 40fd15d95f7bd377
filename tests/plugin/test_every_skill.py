"""Each skill and each agent in the real client: what reaches the model, what runs unasked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from messages_api import Block, text, tool
from packs import ROUTER
from real_client import ROOT, Client, Session

from neural_trainer.commands import VERBS

SKILLS = sorted((ROOT / "skills").glob("*/SKILL.md"))
AGENTS = sorted((ROOT / "agents").glob("*.md"))


def _parts(path: Path) -> tuple[dict[str, object], str]:
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


def _bash(command: str) -> Block:
    return tool("Bash", command=command, description="a command")


def _commands(path: Path) -> tuple[list[str], list[str]]:
    """Of a skill: a command for each rule that it approves, and for each other verb it names."""
    front, body = _parts(path)
    approved = re.findall(r"Bash\((neural-trainer [a-z -]+):\*\)", str(front["allowed-tools"]))
    verbs = {verb for verb in re.findall(r"`neural-trainer ([a-z-]+)", body) if verb in VERBS}
    others = sorted(verb for verb in verbs if f"neural-trainer {verb}" not in approved)
    return approved, [f"neural-trainer {verb} x" for verb in others]


@pytest.fixture(scope="module")
def ran(home: Client) -> Path:
    """A file with every command that was let through: the interpreter only writes it down."""
    record = home.home / "ran"
    home.python.unlink()
    home.python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>"{record}"\n', encoding="utf-8")
    home.python.chmod(0o755)
    return record


@pytest.mark.parametrize("path", SKILLS, ids=lambda path: path.parent.name)
def test_a_skill_reads_unasked_and_asks_before_it_executes(
    path: Path, home: Client, plugin: Path, ran: Path
) -> None:
    name = path.parent.name
    reading, executing = _commands(path)
    assert reading
    ran.unlink(missing_ok=True)
    rules = plugin / "skills" / "shared" / "rules.md"
    linked = re.findall(
        r"\]\(\$\{CLAUDE_PLUGIN_ROOT\}/(skills/using-[\w/-]+\.md)\)", path.read_text()
    )
    assert bool(linked) == name.startswith("using-")
    leaves = [plugin / one for one in dict.fromkeys(linked)]
    session = home.ask(
        f"/neural-trainer:{name} what is asked for",
        *(tool("Read", file_path=str(page)) for page in (rules, *leaves)),
        *map(_bash, [*reading, *executing]),
        plugin=plugin,
        cwd=home.project(f"skill-{name}"),
    )
    seen = session.api.seen()
    assert "Asked for: what is asked for" in seen
    assert str(rules) in seen  # the link, with the plugin's own path in it
    # A router that is read by path is not filled in, as the skill that was asked for is.
    assert "${CLAUDE" not in seen or name == ROUTER
    told = session.api.results()
    pages, results = told[: 1 + len(leaves)], told[1 + len(leaves) :]
    assert [page["content"] for page in pages if page.get("is_error")] == []
    assert "Rules of evidence" in pages[0]["content"]
    for leaf, page in zip(leaves, pages[1:], strict=True):
        assert (
            f"name: {leaf.parent.name if leaf.name == 'SKILL.md' else leaf.stem}" in page["content"]
        )
    assert len(results) == len(reading) + len(executing)
    for command, result in zip(reading, results, strict=False):
        assert not result.get("is_error"), (command, result["content"])
    for command, result in zip(executing, results[len(reading) :], strict=True):
        assert result.get("is_error"), command
        assert "requires approval" in result["content"], command
    let_through = ran.read_text(encoding="utf-8")
    assert [command for command in reading if command.split(" ", 1)[1] not in let_through] == []
    assert [command for command in executing if command.split(" ", 1)[1] in let_through] == []


def test_some_skills_have_something_to_ask_for() -> None:
    assert sum(bool(_commands(path)[1]) for path in SKILLS) > 4


@pytest.fixture(scope="module")
def agents(home: Client, plugin: Path, ran: Path) -> Session:
    """A session that starts every agent in turn."""
    started = [
        tool("Agent", subagent_type=f"neural-trainer:{path.stem}", description="d", prompt="Look.")
        for path in AGENTS
    ]
    return home.ask(
        "Start them.",
        *started,
        plugin=plugin,
        cwd=home.project("agents"),
        agent=[text("The report.")] * len(AGENTS),
    )


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.stem)
def test_an_agent_starts_with_its_words_and_its_skill(path: Path, agents: Session) -> None:
    front, body = _parts(path)
    first = body.strip().splitlines()[0]
    own = [r for r in agents.api.requests if first in json.dumps(r.get("system", ""))]
    assert own
    (preloaded,) = front["skills"]  # type: ignore[misc]
    skill = ROOT / "skills" / str(preloaded).split(":")[1] / "SKILL.md"
    discipline = _parts(skill)[1].strip().splitlines()[0]
    assert discipline in json.dumps(own[0])
    assert "${CLAUDE" not in json.dumps(own[0]["system"])
    offered = {entry["name"] for entry in own[0]["tools"]}
    assert ("Write" in offered) == ("Write" in str(front["tools"]))
