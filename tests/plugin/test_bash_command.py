"""The hook before Bash: launch is suggested once a session, as the user wants it, never denied."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from messages_api import Block, tool
from real_client import ROOT, Client, Session

OPTION = "bare_runs"
TRAIN = "python train.py --epochs 2"
UNDER_LAUNCH = f"`neural-trainer launch -- {TRAIN}`"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that trains networks."""
    (tmp_path / "requirements.txt").write_text("torch\n", encoding="utf-8")
    return tmp_path


def _answer(
    project: Path, command: str = TRAIN, session: str = "s1", setting: str | None = None
) -> dict[str, Any] | None:
    """What the hook tells the client of a command; None where it says nothing."""
    asked = {
        "session_id": session,
        "cwd": str(project),
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": command},
    }
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(project / "temporary")}
    if setting is not None:
        environment[f"CLAUDE_PLUGIN_OPTION_{OPTION.upper()}"] = setting
    done = subprocess.run(
        [sys.executable, "-ES", str(ROOT / "hooks" / "bash_command.py")],
        input=json.dumps(asked), env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    if not done.stdout:
        return None
    answer = json.loads(done.stdout)["hookSpecificOutput"]
    assert answer["hookEventName"] == "PreToolUse"
    assert isinstance(answer, dict)
    return answer


def test_the_option_is_declared_with_its_three_settings() -> None:
    manifest = json.loads((ROOT / ".claude-plugin" / "plugin.json").read_text(encoding="utf-8"))
    (option,) = manifest["userConfig"].items()
    assert (option[0], option[1]["type"], option[1]["default"]) == (OPTION, "string", "suggest")
    for setting in ("off", "ask", "suggest"):
        assert re.search(rf"\b{setting}\b", option[1]["description"])


def test_a_session_is_told_once_and_the_next_one_again(project: Path) -> None:
    assert _answer(project, "ls") is None
    told = _answer(project)
    assert told is not None
    assert UNDER_LAUNCH in told["additionalContext"]
    assert len(told["additionalContext"].split()) < 50
    assert _answer(project) is None
    assert _answer(project, "torchrun other.py") is None
    assert _answer(project, session="s2") is not None


def test_of_commands_at_the_same_time_one_is_told(project: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: _answer(project), range(6)))
    assert sum(answer is not None for answer in answers) == 1


@pytest.mark.parametrize("setting", [None, "", "suggest", "Suggest ", "something"])
def test_a_suggestion_decides_nothing(project: Path, setting: str | None) -> None:
    told = _answer(project, setting=setting)
    assert told is not None
    assert set(told) == {"hookEventName", "additionalContext"}


@pytest.mark.parametrize("setting", ["off", "OFF"])
def test_off_is_silent_and_does_not_count_as_told(project: Path, setting: str) -> None:
    assert _answer(project, setting=setting) is None
    assert _answer(project) is not None


def test_ask_puts_it_to_the_user_once(project: Path) -> None:
    told = _answer(project, setting="ask")
    assert told is not None
    assert set(told) == {"hookEventName", "permissionDecision", "permissionDecisionReason"}
    assert told["permissionDecision"] == "ask"
    assert UNDER_LAUNCH in told["permissionDecisionReason"]
    assert _answer(project, setting="ask") is None


def test_nothing_is_said_where_nothing_trains(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import json\n", encoding="utf-8")
    assert _answer(tmp_path) is None
    (tmp_path / "main.py").write_text("import torch\n", encoding="utf-8")
    assert _answer(tmp_path) is not None


def test_where_nothing_can_be_remembered_nothing_is_said(project: Path) -> None:
    (project / "temporary").write_text("a file, no folder", encoding="utf-8")
    assert _answer(project) is None


@pytest.mark.parametrize("session", ["", "/", "../../.."])
def test_a_session_without_a_name_is_not_told(project: Path, session: str) -> None:
    assert _answer(project, session=session) is None


def test_a_name_of_a_session_leads_nowhere_else(project: Path) -> None:
    assert _answer(project, session="../../../elsewhere") is not None
    (file,) = [path for path in (project / "temporary").rglob("*") if path.is_file()]
    assert (file.name, file.parent.name) == ("elsewhere", "told")


def test_a_long_command_is_not_repeated(project: Path) -> None:
    told = _answer(project, TRAIN + " x" * 200)
    assert told is not None
    assert "`neural-trainer launch -- COMMAND`" in told["additionalContext"]


def _bash(command: str) -> Block:
    return tool("Bash", command=command, description="a command")


def _session(home: Client, plugin: Path, setting: str | None) -> Session:
    """A session in a training project that starts a bare training twice, as the user allows."""
    project = home.project(f"bare-{setting}")
    (project / "train.py").write_text("import torch\n", encoding="utf-8")
    (project / "torch.py").write_text("print('trained')\n", encoding="utf-8")
    options = {"neural-trainer@inline": {"options": {OPTION: setting}}}
    settings = {"env": {"TMPDIR": str(project)}, "pluginConfigs": options if setting else {}}
    file = project / "settings.json"
    file.write_text(json.dumps(settings), encoding="utf-8")
    return home.ask(
        "go on",
        _bash("python3 train.py"),
        _bash("python3 train.py --again"),
        plugin=plugin,
        cwd=project,
        options=["--allowedTools", "Bash(python3:*)", "--settings", str(file)],
    )


def test_the_client_passes_the_suggestion_on_and_runs_the_command(
    home: Client, plugin: Path
) -> None:
    session = _session(home, plugin, None)
    assert [(r["content"], bool(r.get("is_error"))) for r in session.api.results()] == [
        ("trained", False)
    ] * 2
    last = "\n".join(json.dumps(message) for message in session.api.requests[-1]["messages"])
    assert last.count("This starts a training that nothing watches") == 1
    assert "`neural-trainer launch -- python3 train.py`" in last


def test_the_client_is_silent_where_the_user_turned_it_off(home: Client, plugin: Path) -> None:
    session = _session(home, plugin, "off")
    assert [result["content"] for result in session.api.results()] == ["trained"] * 2
    assert "that nothing watches" not in session.api.seen()


def test_the_client_asks_where_the_user_wants_it(home: Client, plugin: Path) -> None:
    first, second = _session(home, plugin, "ask").api.results()
    assert first["is_error"]  # nobody is there to say yes
    assert "trained" not in first["content"]
    assert second["content"] == "trained"
