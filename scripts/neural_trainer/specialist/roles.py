"""The specialists: the agent that each is, and what its pages say of tools, verbs and skills."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_trainer.errors import SpecialistError

PLUGIN = Path(__file__).resolve().parents[3]
NAME = "neural-trainer"  # of the plugin, before the name of its agents and skills

DEBUGGER = "ml-training-debugger"
EXPERT = "ml-expert"
AGENTS = {DEBUGGER: "ml-debugger-specialist", EXPERT: "ml-expert-specialist"}
TASKS: dict[str, tuple[str, ...]] = {
    DEBUGGER: ("symptoms", "logs", "code", "config"),
    EXPERT: ("requirements", "constraints", "existing_code", "reference_materials"),
}
"""The keys of the case that each takes."""
MAX_USD = 5.0  # caps against a run that goes astray; what a case costs is told when it ends
MAX_TURNS = 60


@dataclass(frozen=True)
class Role:
    """A specialist as its pages describe it.

    agent: its name in the client. tools: of the client, as its page names them. verbs: those that
    the skill of the same name approves. skills: the text of what the agent preloads.
    """

    name: str
    agent: str
    tools: tuple[str, ...]
    verbs: tuple[str, ...]
    skills: tuple[str, ...]


def read_role(name: str, plugin: Path = PLUGIN) -> Role:
    """Return the specialist `name` as the pages of `plugin` have it.

    Raises SpecialistError where this copy of the tool has no such pages, as a wheel has none.
    """
    page = plugin / "agents" / f"{AGENTS[name]}.md"
    if not page.is_file():
        raise SpecialistError(
            f"the specialist {name} is the plugin's agent {AGENTS[name]}, and there is no {page}: "
            "run bin/neural-trainer of the plugin"
        )
    front, _ = _parts(page)
    skill, _ = _parts(plugin / "skills" / name / "SKILL.md")
    return Role(
        name=name,
        agent=f"{NAME}:{AGENTS[name]}",
        tools=tuple(str(front["tools"]).split(", ")),
        verbs=tuple(re.findall(r"Bash\(neural-trainer ([a-z-]+):\*\)", skill["allowed-tools"])),
        skills=tuple(_skill(str(each), plugin) for each in front["skills"]),
    )


def _skill(name: str, plugin: Path) -> str:
    """Return the body of a skill, for a session that nobody started it in by hand."""
    folder = plugin / "skills" / name.partition(":")[2]
    _, body = _parts(folder / "SKILL.md")
    body = re.sub(r"(?m)^Asked for: .*\n", "", body)
    named = {"${CLAUDE_PLUGIN_ROOT}": plugin, "${CLAUDE_SKILL_DIR}": folder}
    for variable, path in named.items():
        body = body.replace(variable, str(path))
    return body.strip()


def _parts(page: Path) -> tuple[dict[str, Any], str]:
    """Return the front matter and the body of a page."""
    import yaml

    _, front, body = page.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), body
