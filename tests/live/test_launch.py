"""`neural-trainer launch` from its first line to its summary, with real processes."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from launching import MONITORED, STEPS, Launch, command

from neural_trainer.diagnosis import alarms, diagnose
from neural_trainer.errors import RunRefused
from neural_trainer.live.judge import Judge
from neural_trainer.live.launch.settings import built
from neural_trainer.live.launch.start import agreed, supervise
from neural_trainer.live.launch.talk import Talk
from neural_trainer.live.launch.visibility import Sight
from neural_trainer.live.launch.watch_machine import MachineWatch
from neural_trainer.runs.read import read

EXAMPLES = Path(__file__).parents[2] / "examples"
PRINTED = STEPS + 'for step in steps():\n    print(f"step {step} loss {1 + 1 / step:.4f}")\n'
DIVERGING = MONITORED.replace(
    "1.0 + 1.0 / step", "2.0 / step if step < 100 else 0.02 * 1.2 ** (step - 100)"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def launch(request: pytest.FixtureRequest, project: Path) -> Iterator[Launch]:
    """The launch of the script and options that the test names."""
    script, *options = request.param
    started = Launch(project, script, *options)
    yield started
    started.close()


def launched(*words: object) -> pytest.MarkDecorator:
    """Start a launch for a test: its script, then its options."""
    return pytest.mark.parametrize("launch", [words], indirect=True, ids=["launch"])


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


@launched("import no_such_package\n" + MONITORED, "--restarts", "3", "--backoff", "0")
def test_a_cause_that_would_repeat_is_not_restarted(launch: Launch) -> None:
    assert launch.end() == 1
    summary = launch.summary()
    assert summary["crash"]["id"] == "package-missing"
    assert summary["crash"]["quote"] == "ModuleNotFoundError: No module named 'no_such_package'"
    assert len(summary["attempts"]) == 1
    assert summary["next"].startswith("less ")


@launched(MONITORED, "--max-hours", "0.0002", "--restarts", "2")
def test_a_cap_ends_the_run(launch: Launch) -> None:
    launch.take(5)
    assert launch.end() == 1
    assert launch.summary()["ended"] == "the cap of 0.0002 hours is reached"
    assert [alarm["id"] for alarm in launch.alarms()] == ["cap-reached"]
    assert len(launch.summary()["attempts"]) == 1


STAGED = "import os\nopen('stages', 'a').write(os.environ['NEURAL_TRAINER_STAGE'] + ' ')\n"


@launched(STAGED + MONITORED, "--stage", "one-step,smoke,full")
def test_stages_pass_one_after_the_other(launch: Launch) -> None:
    launch.until("stage one-step: until step 1")
    launch.take(1)
    launch.until("stage smoke: until step 50")
    launch.take(50)
    launch.until("stage smoke: passed")
    launch.take(60)
    launch.finish()
    assert launch.end() == 0
    assert (launch.project / "stages").read_text() == "one-step smoke full "
    assert launch.steps() == list(range(1, 61))  # of the last stage alone


BREAKS = MONITORED.replace(
    "for step in steps():", "for step in steps():\n        if step == 9: 1/0"
)


@launched(STAGED + BREAKS, "--stage", "smoke,full")
def test_a_stage_that_fails_is_the_end(launch: Launch) -> None:
    launch.take(8)
    launch.begin_step()
    assert launch.end() == 1
    assert (launch.project / "stages").read_text() == "smoke "
    assert "stage smoke failed: it crashed" in launch.summary()["ended"]
    assert launch.summary()["crash"]["id"] == "code-fault"


CHECKPOINTED = (
    STEPS
    + """
import zipfile
from neural_trainer import Monitor
begun = int(sys.argv[-1].split("-")[-1].split(".")[0]) if "--resume" in sys.argv else 0
with Monitor("own", resume=begun > 0) as monitor:
    monitor.step_number = begun
    for step in steps(begun):
        monitor.step(1.0 + 1.0 / step)
        if step % 10 == 0:
            zipfile.ZipFile(f"step-{step}.pt", "w").close()
        if step == 25 and not begun:
            open("step-99.pt", "wb").write(b"PK cut off")
            os.kill(os.getpid(), 9)
"""
)


@launched(
    CHECKPOINTED, "--restarts", "1", "--backoff", "0", "--restart-with", "--resume {checkpoint}"
)
def test_a_restart_takes_the_newest_whole_checkpoint(launch: Launch) -> None:
    launch.take(24)
    launch.begin_step()
    launch.until("restart 1 of 1")
    launch.take(10)
    launch.finish()
    assert launch.end() == 0
    assert launch.steps() == [*range(1, 26), *range(21, 31)]
    assert read(launch.folder).signals["loss"].step.tolist() == list(range(1, 31))


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


TENSORBOARD = """
from torch.utils.tensorboard import SummaryWriter
with SummaryWriter("tb") as writer:
    for step in range(1, 41):
        writer.add_scalar("train/loss", 1 + 1 / step, step)
"""


@pytest.mark.slow
@launched(TENSORBOARD)
def test_a_logger_is_found_and_followed(launch: Launch) -> None:
    assert launch.end() == 0
    assert "seen by     tensorboard (run.py:3)" in launch.printed
    summary = launch.summary()
    assert summary["steps"] == 40
    assert summary["log"] == str(launch.project / "tb")


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


KILLED_ONCE = PRINTED.replace(
    "for step in steps():",
    "again = os.path.exists('again')\nopen('again', 'w')\nfor step in steps():\n"
    "    if step == 30 and not again: os.kill(os.getpid(), 9)",
)


@launched(KILLED_ONCE, "--log-from", "stdout", "--restarts", "1", "--backoff", "0")
def test_a_restart_from_the_start_that_is_seen_by_what_it_prints(launch: Launch) -> None:
    launch.take(29)
    launch.begin_step()
    launch.until("restart 1 of 1")
    launch.take(40)
    launch.finish()
    assert launch.end() == 0
    summary = launch.summary()
    assert [attempt["last_step"] for attempt in summary["attempts"]] == [29.0, 40.0]
    assert summary["loss"]["first"]["step"] == 1
    assert summary["steps"] == 40


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


def test_the_plain_example_is_refused(project: Path) -> None:
    words = ("launch", "--", sys.executable, str(EXAMPLES / "plain_loop.py"))
    done = command(*words, project=project)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


@pytest.mark.slow
def test_the_plain_example_is_accepted_by_what_it_prints(project: Path) -> None:
    words = ("launch", "--yes", "--json", "--log-from", "stdout", "--", sys.executable)
    done = command(*words, str(EXAMPLES / "plain_loop.py"), project=project)
    assert done.returncode == 0
    record = json.loads(done.stdout)
    assert record["steps"] == 400
    assert record["eval_loss"]["last"]["value"] < 0.05
    assert record["alarms"] == []


@pytest.mark.slow
def test_two_processes_of_torchrun_fill_one_folder(project: Path) -> None:
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
    words = ("launch", "--yes", "--json", "--", *torchrun, str(EXAMPLES / "monitored_loop.py"))
    done = command(*words, project=project)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["steps"] == 400
    assert record["alarms"] == []
    assert (project / "runs" / "monitored_loop" / "rank-1.jsonl").exists()
