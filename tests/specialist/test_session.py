"""The verb with the client that claude-agent-sdk brings, against a stand-in for the API."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from example_logs import write
from messages_api import Block, MessagesAPI, cut, strings, text, tool
from real_client import KEY, Client

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("claude_agent_sdk") is None, reason="needs claude-agent-sdk"
)
RAW = "RAW-LINE-OF-A-LOG"
CODE = "import torch\n\noptimizer = torch.optim.Adam(model.parameters(), lr=1e-1)\n"
WORDS = "**Likely cause**: lr-too-high."


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    log = write("diverging", folder)
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": 151, "loss": 6.1, "note": RAW}) + "\n")
    (folder / "train.py").write_text(CODE, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


@dataclass(frozen=True)
class Ended:
    """How one call of the verb ended, and what the model was sent."""

    code: int
    out: str
    err: str
    api: MessagesAPI

    @property
    def outcome(self) -> dict[str, Any]:
        assert self.code == 0, self.err
        return dict(json.loads(self.out))


def _environment(client: Client, url: str) -> dict[str, str]:
    """Without the interpreter for the agent's commands: the verb hands on its own."""
    return {k: v for k, v in client.environment(url).items() if k != "NEURAL_TRAINER_PYTHON"}


DEBUG = ("ml-training-debugger", "--logs", "diverging.jsonl", "--code", "train.py", "--json")


def specialist(
    project: Path, *words: str, script: Sequence[Block] = (), **environment: str
) -> Ended:
    """Run the verb with a home of its own; the agent answers by the script."""
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    client = Client(Path("claude"), home)
    with MessagesAPI(agent=script) as api:
        done = subprocess.run(
            [sys.executable, ROOT / "scripts" / "run_specialist.py", *words],
            cwd=project,
            env={**_environment(client, api.url), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
    return Ended(done.returncode, done.stdout, done.stderr, api)


@pytest.fixture
def report(project: Path) -> dict[str, Any]:
    """What the tool says of the case by itself."""
    from neural_trainer.diagnosis import diagnose
    from neural_trainer.diagnosis.beside import evidence_beside
    from neural_trainer.render.report_json import to_dict
    from neural_trainer.runs.logs import read_logs

    (run,) = read_logs(["diverging.jsonl"]).runs
    return to_dict(diagnose(run, evidence_beside(None, ["train.py"])))


def answer_of(report: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """An answer that holds: the first cause of the report, with the line that shows it."""
    first = {key: value for key, value in report["root_causes"][0].items() if key != "weighed"}
    code = [
        {"file": "train.py", "line": 3, "text": "torch.optim.Adam(model.parameters(), lr=1e-1)"}
    ]
    return {
        "root_causes": [{**first, "code": code}],
        "quick_wins": [],
        "recommended_fixes": report["recommended_fixes"][:1],
        "verification": ["neural-trainer compare diverging.jsonl fixed.jsonl"],
        **changed,
    }


def said(answer: dict[str, Any]) -> str:
    return f"```json\n{json.dumps(answer)}\n```\n\n{WORDS}"


def test_an_answer_comes_back_beside_what_the_tool_measured(
    project: Path, report: dict[str, Any]
) -> None:
    answer = answer_of(report)
    command = "neural-trainer explain lr-too-high"
    script = [tool("Bash", command=command, description="d"), text(said(answer))]
    ended = specialist(project, *DEBUG, script=script)
    outcome = ended.outcome
    assert outcome["schema"] == "neural-trainer/specialist/1"
    assert outcome["verdict"] == report["verdict"] == "faulty"
    for key in ("symptoms", "not_checked", "signals", "source"):
        assert outcome[key] == report[key], key
    (cause,) = outcome["root_causes"]
    assert cause["weighed"] == report["root_causes"][0]["weighed"]
    assert {key: cause[key] for key in answer["root_causes"][0]} == answer["root_causes"][0]
    assert outcome["recommended_fixes"] == answer["recommended_fixes"]
    assert outcome["verification"] == answer["verification"]
    assert outcome["summary"] == WORDS
    assert outcome["not_held"] == outcome["refused"] == []
    assert outcome["spent"]["turns"] == 2
    assert outcome["spent"]["usd"] > 0
    assert not outcome["spent"]["repaired"]
    (explained,) = ended.api.results()
    assert "lr-too-high (cause)" in explained["content"]
    assert ended.err.startswith("ml-training-debugger: 2 turns, $")
    assert len(ended.err.splitlines()) == 1


def test_the_agent_is_the_plugins_own_with_its_tools_and_skill(
    project: Path, report: dict[str, Any]
) -> None:
    ended = specialist(project, *DEBUG, script=[text(said(answer_of(report)))])
    first = ended.api.requests[0]
    system = json.dumps(first["system"])
    assert "You work through one case of a training run that went wrong" in system
    assert {"Bash", "Read", "Grep", "Glob"} <= {entry["name"] for entry in first["tools"]}
    assert not {"Write", "Edit", "Agent"} & {entry["name"] for entry in first["tools"]}
    assert "Measure, then name a cause" in ended.api.seen()
    assert "${" not in json.dumps(first["messages"])


def test_nothing_raw_of_a_log_reaches_the_model(project: Path, report: dict[str, Any]) -> None:
    log = project / "diverging.jsonl"
    other = project / "other.jsonl"
    other.write_text(log.read_text(encoding="utf-8"), encoding="utf-8")
    (project / "notes.txt").write_text("NOT-HANDED-OVER", encoding="utf-8")
    words = f"see @{log} and @{project / 'notes.txt'}"
    case = {"symptoms": words, "logs": [str(log)], "code": ["train.py"]}
    (project / "case.json").write_text(json.dumps(case), encoding="utf-8")
    tries = [
        f"cat {log.name}", "grep -r RAW .", "rg RAW", f"tail -1 {log.name}", "git diff",
        "neural-trainer curves diverging.jsonl | cat - diverging.jsonl",
        "neural-trainer explain $(cat diverging.jsonl)", "neural-trainer probe x:y",
        "neural-trainer curves diverging.jsonl --csv train.py", "python3 -c 'print(1)'",
    ]  # fmt: skip
    script = [
        *(tool("Bash", command=command, description="d") for command in tries),
        tool("Read", file_path=str(log)),
        tool("Read", file_path=str(other)),
        tool("Grep", pattern="RAW", path=str(project), output_mode="content"),
        tool("Read", file_path="/etc/passwd"),
        tool("Write", file_path=str(project / "train.py"), content="x"),
        tool("Read", file_path=str(project / "train.py")),
        text(said(answer_of(report))),
    ]
    ended = specialist(project, *DEBUG[:1], "--case", "case.json", "--json", script=script)
    outcome = ended.outcome
    assert RAW not in ended.api.seen()
    assert "NOT-HANDED-OVER" not in ended.api.seen()
    assert outcome["refused"][: len(tries)] == [f"Bash {command}" for command in tries]
    *refused, read = ended.api.results()
    assert [result["content"] for result in refused if not result.get("is_error")] == [
        "No matches found"
    ]
    assert "optimizer = torch.optim.Adam" in read["content"]
    assert (project / "train.py").read_text(encoding="utf-8") == CODE
    assert sorted(path.name for path in project.iterdir()) == [
        "case.json", "diverging.jsonl", "notes.txt", "other.jsonl", "train.py",
    ]  # fmt: skip


def test_rules_of_the_user_and_of_the_project_do_not_widen_it(
    project: Path, report: dict[str, Any]
) -> None:
    widened = json.dumps({"permissions": {"allow": ["Bash", "Read", "Write"]}})
    for folder in (project, project.parent / "home"):
        (folder / ".claude").mkdir(parents=True)
        (folder / ".claude" / "settings.json").write_text(widened, encoding="utf-8")
    script = [tool("Read", file_path="/etc/hostname"), text(said(answer_of(report)))]
    ended = specialist(project, *DEBUG, script=script)
    assert ended.outcome["refused"] == ["Read /etc/hostname"]


def _no_fixes(report: dict[str, Any]) -> str:
    answer = answer_of(report)
    del answer["recommended_fixes"]
    return said(answer)


def _a_number_of_its_own(report: dict[str, Any]) -> str:
    answer = answer_of(report)
    answer["root_causes"][0]["evidence"] = ["The loss is 777.25 at the end."]
    return said(answer)


BROKEN = {
    "no-fixes": (_no_fixes, "'recommended_fixes' is a required property"),
    "a-number-of-its-own": (_a_number_of_its_own, "777.25 in the evidence was not printed"),
}


@pytest.mark.parametrize(("broken", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_sent_back_once(
    broken: Any, told: str, project: Path, report: dict[str, Any]
) -> None:
    script = [text(broken(report)), text(said(answer_of(report)))]
    ended = specialist(project, *DEBUG, script=script)
    assert ended.outcome["spent"] == {**ended.outcome["spent"], "repaired": True, "turns": 2}
    assert ended.outcome["not_held"] == []
    assert told not in "".join(strings(ended.api.requests[0]))
    assert told in "".join(strings(ended.api.requests[-1]["messages"]))


def test_an_answer_against_the_contract_twice_fails(project: Path, report: dict[str, Any]) -> None:
    ended = specialist(project, *DEBUG, script=[text(_no_fixes(report))] * 2)
    assert (ended.code, ended.out) == (1, "")
    (line,) = ended.err.splitlines()
    assert line.startswith("neural-trainer: the answer of ml-training-debugger does not meet")
    assert BROKEN["no-fixes"][1] in line


def test_a_claim_that_does_not_hold_twice_is_said(project: Path, report: dict[str, Any]) -> None:
    ended = specialist(project, *DEBUG, script=[text(_a_number_of_its_own(report))] * 2)
    (claim,) = ended.outcome["not_held"]
    assert BROKEN["a-number-of-its-own"][1] in claim


def test_no_tool_runs_in_the_turn_that_mends(project: Path, report: dict[str, Any]) -> None:
    late = tool("Bash", command="neural-trainer explain lr-too-high", description="d")
    script = [text("no JSON"), late, text(said(answer_of(report)))]
    ended = specialist(project, *DEBUG, script=script)
    assert ended.code == 1
    assert "no JSON object" in ended.err
    assert "lr-too-high (cause)" not in ended.api.seen()


def test_an_answer_that_the_limit_cut_is_put_together(
    project: Path, report: dict[str, Any]
) -> None:
    whole = said(answer_of(report))
    ended = specialist(project, *DEBUG, script=[cut(whole[:200]), text(whole[200:])])
    assert ended.outcome["summary"] == WORDS
    assert not ended.outcome["spent"]["repaired"]


FAILURES: dict[str, tuple[list[str], list[Block], dict[str, str], list[str]]] = {
    "turns": (
        ["--max-turns", "2"],
        [tool("Bash", command=f"neural-trainer explain {n}", description="d") for n in "abc"],
        {},
        ["no answer within 2 turns", "raise --max-turns"],
    ),
    "money": (
        ["--max-usd", "0.0002"],
        [tool("Bash", command=f"neural-trainer explain {n}", description="d") for n in "abc"],
        {},
        ["no answer within $0.0002", "raise --max-usd"],
    ),
    "cut": ([], [cut("{")] * 9, {}, ["cut off at the model's limit"]),
    "not-signed-in": (
        [], [], {"ANTHROPIC_API_KEY": ""}, ["not signed in", "set ANTHROPIC_API_KEY"]
    ),
    "no-client": (
        ["--client", "/nowhere/claude"], [], {}, ["no Claude Code client at /nowhere/claude"]
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "script", "environment", "told"), FAILURES.values(), ids=FAILURES
)
def test_a_session_that_fails_says_so_in_one_line(
    words: list[str],
    script: list[Block],
    environment: dict[str, str],
    told: list[str],
    project: Path,
) -> None:
    ended = specialist(project, *DEBUG, *words, script=script, **environment)
    assert (ended.code, ended.out) == (1, "")
    (line,) = ended.err.splitlines()
    assert line.startswith("neural-trainer: ")
    for each in told:
        assert each in line
    assert KEY not in line


def test_without_json_the_words_for_a_person_are_printed(
    project: Path, report: dict[str, Any]
) -> None:
    script = [
        tool("Bash", command="ls", description="d"),
        text(said(answer_of(report)) + "\n\x1b[31mred"),
    ]
    ended = specialist(project, *DEBUG[:-1], script=script)
    assert ended.code == 0
    assert ended.out.splitlines() == [WORDS, " [31mred", "Was refused: Bash ls"]


def test_an_answer_that_came_with_the_last_cent_counts(
    project: Path, report: dict[str, Any]
) -> None:
    script = [text(said(answer_of(report)))]
    ended = specialist(project, *DEBUG, "--max-usd", "0.0001", script=script)
    assert ended.outcome["root_causes"][0]["cause"] == "lr-too-high"


PLAN = {
    "plan": {
        "files": [{"file": "scale.py", "what": "scale", "why": "asked for"}],
        "interfaces": ["scale(x) -> 2 x"], "departures": [], "tests": ["scale(2) is 4"],
        "commands": ["python3 -c 'print(4)'"], "measurements": [], "risks": [],
    },
    "open": [],
}  # fmt: skip
WORK = {
    "code_changes": [{"file": "scale.py", "what": "scale", "why": "asked for"}],
    "tests": {
        "command": "python3 -c 'print(4)'", "passed": 1, "failed": 0, "coverage": 100,
        "not_covered": [],
    },
    "verification": [], "performance": "not measured", "open": [],
}  # fmt: skip
EXPERT = ("ml-expert", "--requirements", "a function that doubles", "--json")


def test_the_expert_gives_a_plan_and_writes_nothing(project: Path) -> None:
    file = str(project / "scale.py")
    script = [tool("Write", file_path=file, content="x = 1\n"), text(said(PLAN))]
    ended = specialist(project, *EXPERT, script=script)
    assert ended.outcome["stage"] == "plan"
    assert ended.outcome["plan"] == PLAN["plan"]
    assert not (project / "scale.py").exists()
    assert "Write" not in {entry["name"] for entry in ended.api.requests[0]["tools"]}


@pytest.fixture
def approved(project: Path) -> tuple[str, ...]:
    (project / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    return (*EXPERT, "--approved-plan", "plan.json")


def test_an_approved_plan_is_what_may_be_written_and_run(
    project: Path, approved: tuple[str, ...]
) -> None:
    code = "def scale(x):\n    return 2 * x\n"
    script = [
        tool("Write", file_path=str(project / "train.py"), content=""),
        tool("Edit", file_path=str(project / "other.py"), old_string="not", new_string="there"),
        tool("Write", file_path=str(project / "scale.py"), content=code),
        tool("Bash", command="python3 -c 'print(5)'", description="d"),
        tool("Bash", command="python3 -c 'print(4)'", description="d"),
        tool("Bash", command="touch more.py", description="d"),
        text(said(WORK)),
    ]
    outcome = specialist(project, *approved, script=script).outcome
    assert outcome["stage"] == "work"
    assert (project / "scale.py").read_text(encoding="utf-8") == code
    assert (project / "train.py").read_text(encoding="utf-8") == CODE
    assert not (project / "more.py").exists()
    assert outcome["refused"] == [
        f"Write {project / 'train.py'}", "Bash python3 -c 'print(5)'", "Bash touch more.py"
    ]  # fmt: skip
    assert outcome["code_changes"] == WORK["code_changes"]
    assert outcome["not_held"] == []


def test_work_that_was_not_done_is_not_believed(project: Path, approved: tuple[str, ...]) -> None:
    outcome = specialist(project, *approved, script=[text(said(WORK))] * 2).outcome
    assert outcome["not_held"] == [
        "\"python3 -c 'print(4)'\" did not run in this session",
        f"{project / 'scale.py'} is among code_changes and was not written",
    ]
