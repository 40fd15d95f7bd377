"""What a specialist may do: commands, files, and the rules that the client is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neural_trainer.cli import parser_of
from neural_trainer.commands import VERBS
from neural_trainer.errors import SpecialistError
from neural_trainer.specialist.permissions import WRITING, Permissions, permissions
from neural_trainer.specialist.roles import DEBUGGER, EXPERT, TASKS, read_role

PLAN = {
    "files": [{"file": "net/model.py"}, {"file": "tests/test_model.py"}],
    "commands": ["pytest -q tests", "python3 -c 'print((1))'"],
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "a").mkdir(parents=True)
    for name in ("log.csv", "train.py", "runs/a/metrics.jsonl", "a[1].csv"):
        (tmp_path / name).write_text("")
    (tmp_path / "link.csv").symlink_to("log.csv")
    return tmp_path


def debugger(logs: list[str] | None = None, others: list[str] | None = None) -> Permissions:
    return permissions(read_role(DEBUGGER), logs or ["log.csv"], others or ["train.py"], None)


LET_THROUGH = [
    "neural-trainer diagnose log.csv --brief",
    "neural-trainer diagnose 'runs/my run' --code train.py",
    "neural-trainer curves runs/*",
    "neural-trainer explain lr-too-high",
    'neural-trainer diagnose --symptoms "loss; is > 3"',
]


@pytest.mark.parametrize("command", LET_THROUGH)
def test_a_reading_command_is_let_through(command: str) -> None:
    assert debugger().refusal("Bash", {"command": command}) == ""


REFUSED = [
    "", "ls", "cat log.csv", "neural-trainer", "neural-trainer probe x:y", "neural-trainer train x",
    "neural-trainer plot log.csv", "neural-trainer curves log.csv; cat log.csv",
    "neural-trainer curves log.csv | head", "neural-trainer curves log.csv && rm x",
    "neural-trainer curves log.csv & rm x", "neural-trainer curves < log.csv",
    "neural-trainer curves log.csv > x", "neural-trainer curves log.csv>x",
    "neural-trainer explain $(cat log.csv)", "neural-trainer explain `cat log.csv`",
    'neural-trainer explain "$(cat log.csv)"', "neural-trainer explain $HOME",
    "neural-trainer explain x\ncat log.csv", "neural-trainer explain 'x", "(neural-trainer doctor)",
    "A=1 neural-trainer doctor", "python3 -c 'print(1)'", "./neural-trainer doctor",
    "neural-trainer diagnose log.csv --html train.py", "neural-trainer gradients x --out=train.py",
    "neural-trainer curves log.csv --csv train.py", "neural-trainer doctor # ; x\rcat log.csv",
]  # fmt: skip


@pytest.mark.parametrize("command", REFUSED)
def test_any_other_command_is_refused(command: str) -> None:
    assert debugger().refusal("Bash", {"command": command})


@pytest.mark.parametrize("tool", ["Write", "Edit", "WebFetch", "Agent", "NotebookEdit"])
def test_a_tool_that_the_session_does_not_have_is_refused(tool: str) -> None:
    assert "not among the tools" in debugger().refusal(tool, {"file_path": "train.py"})


def test_the_verbs_read_and_none_of_their_options_writes_unseen() -> None:
    for task in TASKS:
        given = permissions(read_role(task), [], [], None)
        assert len(given.verbs) > 4
        assert all(VERBS[verb].reads_only for verb in given.verbs)
        for verb in given.verbs:
            for action in parser_of(verb)._actions:
                writes = any(word in (action.help or "") for word in ("writ", "draw", "Parquet"))
                if writes and action.metavar == "FILE":
                    assert set(action.option_strings) <= set(WRITING), (verb, action.help)


def test_rules_allow_the_project_and_deny_its_logs(here: Path) -> None:
    given = debugger(["log.csv", "link.csv", "runs/a"])
    assert f"Read(/{here}/**)" in given.allow()
    assert "Bash(neural-trainer diagnose:*)" in given.allow()
    assert not [rule for rule in given.allow() if rule.startswith(("Edit", "Write"))]
    for path in ("log.csv", "link.csv", "runs/a/**"):
        assert f"Read(/{here}/{path})" in given.deny()
    assert "Read(//**/*.jsonl)" in given.deny()


def test_a_link_in_a_folder_of_the_case_hides_nothing(here: Path) -> None:
    given = debugger(["link.csv"])
    assert f"Read(/{here}/log.csv)" in given.deny()


def test_a_log_that_a_rule_would_not_keep_closed_is_refused() -> None:
    with pytest.raises(SpecialistError, match="a plain name"):
        debugger(["a[1].csv"])


def test_a_folder_of_logs_that_holds_the_code_is_refused() -> None:
    with pytest.raises(SpecialistError, match="name the log's own file"):
        debugger(["."], ["train.py"])


def test_the_approved_plan_is_what_may_be_written_and_run(here: Path) -> None:
    given = permissions(read_role(EXPERT), [], ["train.py"], PLAN)
    assert {"Write", "Edit"} <= set(given.tools)
    assert f"Edit(/{here}/net/model.py)" in given.allow()
    assert r"Bash(python3 -c 'print\(\(1\)\)')" in given.allow()
    assert given.refusal("Write", {"file_path": str(here / "net" / "model.py")}) == ""
    for path in (here / "train.py", here / "net" / ".." / "net" / "model.py", "net/model.py"):
        assert "does not name this file" in given.refusal("Edit", {"file_path": str(path)})
    assert given.refusal("Bash", {"command": "pytest -q tests"}) == ""
    assert "pytest -q tests" in given.refusal("Bash", {"command": "pytest -q tests/x.py"})


def test_without_a_plan_the_expert_writes_nothing() -> None:
    given = permissions(read_role(EXPERT), [], [], None)
    assert not {"Write", "Edit"} & set(given.tools)
    assert given.writable == given.commands == ()


@pytest.mark.parametrize("file", ["../x.py", "/etc/passwd", ".", "a*.py", "net/../../x.py"])
def test_a_plan_that_leaves_the_folder_is_refused(file: str) -> None:
    plan: dict[str, Any] = {**PLAN, "files": [{"file": file}]}
    with pytest.raises(SpecialistError, match="no plain path below"):
        permissions(read_role(EXPERT), [], [], plan)


def test_a_plan_does_not_write_through_a_link(here: Path, tmp_path_factory: Any) -> None:
    (here / "out").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    plan: dict[str, Any] = {**PLAN, "files": [{"file": "out/x.py"}]}
    with pytest.raises(SpecialistError, match="no plain path below"):
        permissions(read_role(EXPERT), [], [], plan)
