"""`neural-trainer launch` from its first line to its summary, with real processes."""

from __future__ import annotations

import io
import json
import signal
import statistics
import sys
from pathlib import Path

import pytest
from launching import MONITORED, PRINTED, STEPS, Launch, command, launched

from neural_trainer.diagnosis import alarms, diagnose
from neural_trainer.errors import RunRefused
from neural_trainer.live.judge import Judge
from neural_trainer.live.launch.settings import built
from neural_trainer.live.launch.start import agreed, supervise
from neural_trainer.live.launch.talk import Talk
from neural_trainer.live.launch.visibility import Sight
from neural_trainer.live.launch.watch_machine import MachineWatch
from neural_trainer.runs.read import read

DIVERGING = MONITORED.replace(
    "1.0 + 1.0 / step", "2.0 / step if step < 100 else 0.02 * 1.2 ** (step - 100)"
)


def test_a_run_that_cannot_be_seen_is_refused(project: Path) -> None:
    (project / "run.py").write_text("print('loss', 1.0)\nopen('started', 'w')\n")
    done = command("launch", "--yes", "--", sys.executable, "run.py", project=project)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "Monitor" in line
    assert "--log-from stdout" in line
    assert [path.name for path in project.iterdir()] == ["run.py"]


@launched(PRINTED, "--log-from", "stdout")
def test_what_it_prints_will_do(launch: Launch) -> None:
    launch.take(60)
    launch.finish()
    assert launch.end() == 0
    assert launch.summary()["steps"] == 60
    assert launch.summary()["loss"]["last"]["value"] == pytest.approx(1 + 1 / 60, abs=1e-4)
    assert "not logged, so not judged: lr, grad_norm, throughput" in launch.printed
    assert "no validation data was found" in launch.printed
    assert "step 60 loss" not in launch.printed  # what it prints is in stdout.log alone
    assert (launch.folder / "stdout.log").read_text().count("\n") == 60
    # A folder whose stdout.log is its log is read as any other run.
    assert read(launch.folder).last_step == 60


def test_nothing_starts_without_a_yes(project: Path) -> None:
    (project / "run.py").write_text("from neural_trainer import Monitor\nMonitor('a')\n")
    done = command("launch", "--", sys.executable, "run.py", project=project)
    assert done.returncode == 1
    assert "What will run" in done.stdout
    assert "--yes" in done.stderr
    assert [path.name for path in project.iterdir()] == ["run.py"]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


ANSWERS = [("y", True), ("YES ", True), ("", False), ("n", False)]


@pytest.mark.parametrize(("answer", "yes"), ANSWERS)
def test_a_yes_on_a_terminal(answer: str, yes: bool) -> None:
    talk = io.StringIO()
    if yes:
        agreed(Terminal(), talk, lambda: answer)
    else:
        with pytest.raises(RunRefused, match="nothing was started"):
            agreed(Terminal(), talk, lambda: answer)
    assert talk.getvalue() == "Start it? [y/N] "


@launched(MONITORED)
def test_a_healthy_run_raises_no_alarm(launch: Launch) -> None:
    launch.take(300)
    launch.finish()
    assert launch.end() == 0
    assert launch.alarms() == []
    assert not (launch.folder / "alerts.jsonl").exists()
    assert not (launch.project / "own").exists()  # the Monitor fills launch's folder
    assert launch.summary()["notes"] == []
    rows = (launch.folder / "metrics.jsonl").read_text().splitlines()
    paces = [json.loads(row)["step_time_s"] for row in rows if "step_time_s" in row]
    steps_per_s = launch.summary()["steps_per_s"]
    assert steps_per_s == pytest.approx(1 / statistics.median(paces), rel=1e-6)
    assert f"{steps_per_s:.4g} steps/s" in launch.printed
    events = [line for line in launch.printed.splitlines() if line.startswith("neural-trainer: ")]
    assert events == []


@launched(DIVERGING)
def test_launch_judges_as_diagnose_does(launch: Launch) -> None:
    for _ in range(15):
        launch.take(10)
    launch.finish()
    assert launch.end() == 0
    run = read(launch.folder)
    raised = [alarm for alarm in launch.alarms() if alarm["state"] == "raised"]
    assert raised
    for alarm in raised:
        offline = diagnose(run.until(alarm["step"]))
        assert alarm["symptom"] in {finding.symptom for finding in alarms(offline)}
        assert alarm["cause"] == offline.root_causes[0].cause
    summary = launch.summary()
    assert summary["verdict"] == "faulty"
    assert summary["next"].startswith("neural-trainer diagnose ")
    assert f"step {raised[0]['step']}: {raised[0]['message']}" in launch.printed


TWO_MONITORS = (
    STEPS
    + """
from neural_trainer import Monitor
first, second = Monitor("first"), Monitor("second")
for step in steps():
    first.step(1.0 + 1.0 / step)
    second.step(float("nan") if step == 30 else 1.0 + 1.0 / step)
first.close(); second.close()
"""
)


@launched(TWO_MONITORS)
def test_a_second_monitor_keeps_its_folder_and_judges(launch: Launch) -> None:
    launch.take(40)
    launch.finish()
    assert launch.end() == 0
    assert launch.alarms() == []
    assert launch.steps() == list(range(1, 41))
    second = launch.project / "second"
    assert "loss-nonfinite" in (second / "alerts.jsonl").read_text()
    assert not (launch.project / "first").exists()


def test_a_launch_in_the_background(project: Path) -> None:
    launch = Launch(project, MONITORED, "--detach")
    try:
        assert launch.end() == 0
        assert "started in the background" in launch.printed
        launch.take(30)
        rows = json.loads(command("launch", "list", "--json", project=project).stdout)["launches"]
        assert [(row["name"], row["state"], row["step"]) for row in rows] == [
            ("run", "running", 30)
        ]
        stopped = command("launch", "stop", "runs/run", project=project)
        assert (stopped.returncode, stopped.stderr) == (0, "")
        assert launch.summary()["ended"] == "stopped by SIGTERM"
        looked = command("launch", "attach", "runs/run", project=project)
        assert "stopped by SIGTERM" in looked.stdout
        listed = command("launch", "list", project=project).stdout
        assert "ended: stopped by SIGTERM" in listed
        again = command("launch", "stop", "runs/run", project=project)
        assert (again.returncode, len(again.stderr.splitlines())) == (1, 1)
    finally:
        launch.close()


IN_A_TERMINAL = """
import os, pty, sys
pid, screen = pty.fork()
if not pid:
    os.execvp("sh", ["sh", "-c", '"$@"; exec cat', "sh", *sys.argv[1:]])
shown = b""
while b"Next: " not in shown:
    shown += os.read(screen, 4096)
os.close(screen)
ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(shown.decode(), "the terminal has gone, its shell ended with", ended)
"""


def test_a_launch_in_the_background_survives_the_terminal(project: Path) -> None:
    inside = (sys.executable, "-c", IN_A_TERMINAL)
    launch = Launch(project, MONITORED, "--detach", inside=inside)
    launch.inside = ()  # what follows needs no terminal
    try:
        assert launch.end() == 0
        assert f"its shell ended with {-signal.SIGHUP}" in launch.printed
        launch.take(30)
        state = command("launch", "list", project=project).stdout
        assert "running" in state
        launch.finish()
        attached = command("launch", "attach", "run", project=project)
        assert "it completed" in attached.stdout
        assert launch.steps() == list(range(1, 31))
    finally:
        launch.close()


def test_prune_takes_out_what_is_gone(project: Path) -> None:
    home = project / ".neural-trainer"
    home.mkdir()
    (project / "there").mkdir()
    lines = [
        json.dumps({"folder": str(project / name), "name": name, "started": 1.0})
        for name in ("there", "gone")
    ]
    (home / "runs.jsonl").write_text("".join(f"{line}\n" for line in lines))
    assert "1 runs" in command("launch", "prune", project=project).stdout
    assert (home / "runs.jsonl").read_text() == f"{lines[0]}\n"
    assert "0 runs" in command("launch", "prune", project=project).stdout


@launched(MONITORED, "--json", "--config", "launch.yaml")
def test_a_config_that_is_not_there(launch: Launch) -> None:
    assert launch.end() == 1
    assert "launch.yaml: No such file" in launch.printed


def test_a_config_and_json(project: Path) -> None:
    (project / "run.py").write_text(
        "from neural_trainer import Monitor\n"
        "with Monitor('a') as m:\n    for n in range(1, 30): m.step(1 / n)\n"
    )
    (project / "c.yaml").write_text(
        f"command: ['{sys.executable}', run.py]\nrun: out/here\ncaps: {{hours: 1}}\n"
    )
    done = command("launch", "--config", "c.yaml", "--yes", "--json", project=project)
    assert done.returncode == 0
    record = json.loads(done.stdout)
    assert record["schema"] == "neural-trainer/summary/1"
    assert record["run"] == str(project / "out" / "here")
    assert record["steps"] == 29
    assert "at most 1 hours" in done.stderr


def test_a_terminal_has_one_line_of_status() -> None:
    terminal = Terminal()
    talk = Talk(terminal)
    talk.status("step 1")
    talk.status("step 20")
    talk.event("an alarm\x1b[2J")
    talk.status("step 3")
    talk.end()
    shown = terminal.getvalue()
    assert "\x1b" not in shown
    assert shown.split("\n")[0].endswith("neural-trainer: an alarm [2J")
    assert shown.endswith("step 3\r      \r")


def test_a_pipe_has_events_alone() -> None:
    pipe = io.StringIO()
    talk = Talk(pipe)
    talk.status("step 1")
    talk.event("an alarm")
    talk.end()
    assert pipe.getvalue() == "neural-trainer: an alarm\n"


def test_a_fault_of_launch_does_not_end_the_run(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.chdir(project)
    monkeypatch.setattr(Judge, "consider", broken)
    monkeypatch.setattr(MachineWatch, "observe", broken)
    settings = built({"command": [sys.executable, "-c", "print('step 1 loss 2.0\\n' * 3)"]})
    ended = supervise(settings, Sight("stdout"), project / "run", Talk(io.StringIO()), lambda: None)
    assert (ended.kind, ended.code) == ("completed", 0)
    assert any("a fault of ours" in note for note in ended.record["notes"])
