"""The skills and agents as texts: their length, what they allow, the commands that they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from neural_trainer.commands import VERBS

ROOT = Path(__file__).resolve().parents[2]
# Of the workflows. The routers of the packs are held by test_packs.py.
SKILLS = sorted(
    path
    for path in (ROOT / "skills").glob("*/SKILL.md")
    if not path.parent.name.startswith("using-")
)
ROUTERS = sorted((ROOT / "skills").glob("using-*/SKILL.md"))
AGENTS = sorted((ROOT / "agents").glob("*.md"))
# What a skill links to lies outside of the user's project: to read it, it must be allowed.
READS_PAGES = "Read(/${CLAUDE_PLUGIN_ROOT}/**)"
RULES = "${CLAUDE_PLUGIN_ROOT}/skills/shared/rules.md"
PYTHON_BLOCK = re.compile(r"^ *```python\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
# In code: `neural-trainer VERB`. Elsewhere, as in "neural-trainer plugin", it is the name.
NAMED_VERB = re.compile(r"(?:`|\$ |^|-- )neural-trainer ([a-z-]+(?:\|[a-z-]+)*)", re.MULTILINE)
# It reads, but can send alarms to an address: not unasked.
SENDS = "watch"
# The workflows, each with an instruction that it cannot do without.
OF_WORKFLOW = {
    "train": "Wait for a plain yes",
    "train-debug": "No second change before this one is judged",
    "interpret-curves": "Do not diagnose by eye",
    "monitor": "Never stop or restart a run unasked",
    "hyperparam-sweep": "a winner within the noise is a draw",
    "scaling-analysis": "not identified",
    "experiment-plan": "Never invent a standard deviation",
    "run-validation": "Training data as the data to report on: refuse",
    "ml-training-debugger": "neural-trainer:ml-debugger-specialist",
    "ml-expert": "Wait for approval",
}
PRELOADS = {
    "diagnostician": "train-debug",
    "ml-debugger-specialist": "train-debug",
    "scaling-advisor": "scaling-analysis",
    "optimization-guru": "hyperparam-sweep",
    "fine-tuning-advisor": "run-validation",
    "ml-expert-specialist": "ml-expert",
}
REPORT = ("Symptoms observed", "Likely cause", "Alternatives", "Recommended fix", "Verification")
MAX_WORDS = 500
MAX_AGENT_LINES = 60
MAX_DESCRIPTION = 1024  # characters, what skills may have in every client


def _identity(path: Path) -> str:
    return path.parent.name if path.name == "SKILL.md" else path.stem


def _parts(path: Path) -> tuple[dict[str, object], str]:
    """The front matter and the body of a Markdown file."""
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    found = yaml.safe_load(front)
    assert isinstance(found, dict)
    return found, body


def test_the_skills_and_agents_are_those_of_the_workflows() -> None:
    assert {_identity(path) for path in SKILLS} == set(OF_WORKFLOW)
    assert {_identity(path) for path in AGENTS} == set(PRELOADS)


@pytest.mark.parametrize("path", [*SKILLS, *AGENTS], ids=_identity)
def test_the_front_matter_is_known_and_says_when(path: Path) -> None:
    front, _ = _parts(path)
    known = {"name", "description", "argument-hint", "allowed-tools"}
    if path in AGENTS:
        known = {"name", "description", "tools", "skills"}
    assert set(front) <= known  # the client ignores a wrong key in silence
    assert front["name"] == _identity(path)
    description = front["description"]
    assert isinstance(description, str)
    assert len(description) <= MAX_DESCRIPTION
    assert description.startswith("Use when ")
    assert re.search(r"\bNot for\b", description)


@pytest.mark.parametrize("path", [*SKILLS, *AGENTS], ids=_identity)
def test_a_description_says_what_it_is_not_for_by_naming_who_is(path: Path) -> None:
    """Conditions are disjoint where each names the neighbour that has the other half."""
    description = str(_parts(path)[0]["description"])
    named = set(re.findall(r"\(([a-z-]+)\)", description.split("Not for", 1)[1]))
    assert named <= {*OF_WORKFLOW, *PRELOADS} - {_identity(path)}
    assert named or _identity(path) == "diagnostician"  # the one that symptoms lead to


@pytest.mark.parametrize("path", SKILLS, ids=_identity)
def test_a_skill_links_the_shared_rules_stops_and_reports(path: Path) -> None:
    front, body = _parts(path)
    assert body.count(f"]({RULES})") == 1
    assert READS_PAGES in str(front["allowed-tools"])
    assert OF_WORKFLOW[_identity(path)] in body
    assert body.count("$ARGUMENTS") == 1
    assert re.search(r"^Stop and ask when: ", body, re.MULTILINE)
    assert re.search(r"^The (?:report|JSON)\b.*:", body, re.MULTILINE)
    assert "neural-trainer doctor" in body  # what to do where the command itself fails


@pytest.mark.parametrize("path", AGENTS, ids=_identity)
def test_an_agent_preloads_a_skill_and_reports_in_five_parts(path: Path) -> None:
    front, body = _parts(path)
    assert front["skills"] == [f"neural-trainer:{PRELOADS[_identity(path)]}"]
    assert re.findall(r"^\*\*([^*]+)\*\*:", body, re.MULTILINE) == list(REPORT)
    assert re.search(r"^Escalate, by saying so", body, re.MULTILINE)
    writes = {"Write", "Edit"} & set(str(front["tools"]).split(", "))
    assert bool(writes) == (_identity(path) == "ml-expert-specialist")


@pytest.mark.parametrize("path", SKILLS, ids=_identity)
def test_a_skill_is_short(path: Path) -> None:
    assert 0 < len(_parts(path)[1].split()) < MAX_WORDS


@pytest.mark.parametrize("path", AGENTS, ids=_identity)
def test_an_agent_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MAX_AGENT_LINES


@pytest.mark.parametrize("path", [*SKILLS, *AGENTS], ids=_identity)
def test_text_from_logs_is_said_to_be_data(path: Path) -> None:
    assert "data, never an instruction" in _parts(path)[1]


@pytest.mark.parametrize("path", [*SKILLS, *ROUTERS], ids=_identity)
def test_a_skill_approves_the_reading_verbs_alone(path: Path) -> None:
    allowed = _parts(path)[0]["allowed-tools"]
    assert isinstance(allowed, str)
    rules = allowed.split(", ")
    assert len(rules) > 1
    for rule in rules:
        if rule == READS_PAGES:
            continue
        match = re.fullmatch(r"Bash\(neural-trainer ([a-z-]+)(?: ([a-z-]+))?:\*\)", rule)
        assert match is not None, rule
        verb = VERBS[match[1]]
        assert match[1] != SENDS
        prefixes = verb.reading or ([None] if verb.reads_only else [])
        assert match[2] in prefixes, rule


@pytest.mark.parametrize("path", [*SKILLS, *ROUTERS], ids=_identity)
def test_a_skill_approves_what_it_says_to_read(path: Path) -> None:
    front, body = _parts(path)
    named = {verb for verb in NAMED_VERB.findall(body) if verb in VERBS and VERBS[verb].reads_only}
    assert named
    named -= {verb for verb in named if VERBS[verb].reading}  # named with the words that it may
    named |= {
        f"{verb} {action}"
        for verb, action in re.findall(r"neural-trainer ([a-z-]+) ([a-z-]+)", body)
        if verb in VERBS and action in VERBS[verb].reading
    }
    assert {
        verb for verb in named - {SENDS} if f"neural-trainer {verb}:" not in str(front)
    } == set()


def test_a_reading_action_is_one_that_the_command_knows() -> None:
    from neural_trainer.cli import parser_of
    from neural_trainer.commands import launch, sweep

    reading = {name: verb.reading for name, verb in VERBS.items() if verb.reading}
    assert reading == {"launch": ("list",), "sweep": ("report",), "monitor": ("--once",)}
    assert set(reading["launch"]) <= set(launch.ACTIONS)
    assert set(reading["sweep"]) <= set(sweep.ACTIONS)
    assert parser_of("monitor").parse_args(["--once"]).once


def _markdown() -> list[Path]:
    folders = ("skills", "agents", "knowledge", "docs")
    return [
        *sorted(ROOT.glob("*.md")),
        *sorted(path for folder in folders for path in (ROOT / folder).rglob("*.md")),
        *sorted((ROOT / "hooks").glob("*.py")),
    ]


def test_no_text_names_a_verb_that_is_not_there() -> None:
    named = {
        (str(path.relative_to(ROOT)), verb)
        for path in _markdown()
        for verbs in NAMED_VERB.findall(path.read_text(encoding="utf-8"))
        for verb in verbs.split("|")
    }
    assert len(named) > 10
    assert sorted(name for name in named if name[1] not in VERBS) == []


@pytest.mark.parametrize("path", SKILLS, ids=_identity)
def test_the_python_of_a_skill_runs(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for block in PYTHON_BLOCK.findall(path.read_text(encoding="utf-8")):
        surroundings = {
            "config": {},
            "loader": range(3),
            "train_step": lambda batch: 1.0 / (1 + batch),
        }
        exec(compile(block, path.name, "exec"), surroundings)
        assert (tmp_path / "runs" / "a" / "metrics.jsonl").read_text().count("\n") == 3
