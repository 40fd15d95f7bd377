"""Processes that are killed: the run, launch, both, a rank; and a scheduler that preempts."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from launching import MONITORED, STEPS, Launch, command
from recording import Records, Starts

from neural_trainer.live.launch.processes import born_s

pytestmark = pytest.mark.faults

RESUMING = (
    STEPS
    + """
from pathlib import Path
from neural_trainer import Monitor
saved = Path("checkpoint.pt")
begun = int(saved.read_text()) if saved.exists() else 0
with Monitor("own", resume=begun > 0) as monitor:
    monitor.step_number = begun
    for step in steps(begun):
        monitor.step(1.0 + 1.0 / step)
        if step % 10 == 0:
            saved.write_text(str(step))
"""
)


def line_with(text: str, word: str) -> str:
    """Return the first line of `text` with `word` in it."""
    return next(line for line in text.splitlines() if word in line)


def test_kill_9_of_the_run(starts: Starts, records: Records) -> None:
    launch = starts()
    launch.take(30)
    os.kill(launch.child(), signal.SIGKILL)
    assert launch.end() == 1
    assert launch.steps() == list(range(1, 31))
    summary = launch.summary()
    assert summary["crash"]["id"] == "killed"
    assert summary["steps"] == 30
    assert [alarm["id"] for alarm in launch.alarms()] == ["crash-killed"]
    told = line_with(launch.printed, "the run crashed")
    assert "killed from outside (SIGKILL)" in told
    records("kill -9 of the run", "no line of 30: the step in flight at most", told)


def test_kill_9_of_the_run_with_a_restart(starts: Starts, records: Records) -> None:
    launch = starts(RESUMING, "--restarts", "2", "--backoff", "0")
    launch.take(25)
    os.kill(launch.child(), signal.SIGKILL)
    launch.until("restart 1 of 2")
    launch.take(30)
    launch.finish()
    assert launch.end() == 0
    summary = launch.summary()
    assert summary["ended"] == "it completed"
    assert [attempt["crash"] for attempt in summary["attempts"]] == ["killed", None]
    assert [attempt["last_step"] for attempt in summary["attempts"]] == [25.0, 50.0]
    assert launch.steps() == [*range(1, 26), *range(21, 51)]
    assert [(a["id"], a["state"]) for a in launch.alarms()] == [
        ("crash-killed", "raised"),
        ("crash-killed", "cleared"),
    ]
    records(
        "kill -9 of the run, with --restarts 2",
        "the 5 steps since its last checkpoint, which are taken again",
        line_with(launch.printed, "restart 1 of 2"),
    )


def test_kill_9_of_launch(starts: Starts, records: Records) -> None:
    launch = starts()
    launch.take(20)
    child = launch.child()
    launch.process.kill()
    launch.process.wait()
    launch.take(20)  # the training does not notice
    assert launch.steps() == list(range(1, 41))
    told = command("launch", "list", project=launch.project).stdout
    assert "unwatched: launch was killed, the training goes on" in told
    assert "Next: neural-trainer launch attach runs/run" in told
    stopped = command("launch", "stop", "runs/run", "--now", project=launch.project)
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert not Path(f"/proc/{child}/exe").exists()
    records("kill -9 of launch", "no step; it is judged no more", told.strip())


def kill_launch(launch: Launch) -> None:
    """Kill launch itself; its run goes on."""
    launch.process.kill()
    launch.process.wait()


BREAKING = MONITORED.replace("1.0 + 1.0 / step", "1.0 + 1.0 / step if step < 45 else float('nan')")


def test_a_run_without_its_launch_is_taken_up(starts: Starts, records: Records) -> None:
    launch = starts(BREAKING)
    launch.take(30)
    kill_launch(launch)
    launch.take(20)  # it breaks while nobody looks
    launch.take_up()
    told = line_with(launch.until("loss is NaN"), "loss is NaN")
    listed = command("launch", "list", project=launch.project).stdout
    assert "running" in listed
    assert "Next" not in listed
    launch.take(10)
    launch.finish()
    assert launch.end() == 0
    summary = launch.summary()
    assert summary["ended"] == "it ended; its exit code is not known"
    assert summary["exit_code"] is None
    assert (summary["steps"], summary["verdict"]) == (60, "faulty")
    assert launch.steps() == list(range(1, 61))
    assert [(a["id"], a["state"]) for a in launch.alarms()] == [("loss-nonfinite", "raised")]
    assert [a["id"] for a in summary["alarms"]] == ["loss-nonfinite"]
    assert "unjudged until it was taken up again" in launch.printed
    lost = "nothing: what went wrong meanwhile is told then"
    records("kill -9 of launch, then launch attach", lost, told)


def test_limits_hold_once_it_is_taken_up(starts: Starts) -> None:
    launch = starts(BREAKING, "--stop-on", "nan", "--grace", "5")
    launch.take(30)
    kill_launch(launch)
    launch.take(15)
    launch.take_up()
    assert launch.end() == 0
    assert launch.summary()["ended"] == "the loss is not finite (step 45)"


def test_what_was_told_is_not_told_again(starts: Starts) -> None:
    launch = starts(BREAKING)
    launch.take(45)
    launch.until("loss is NaN")
    kill_launch(launch)
    launch.take(5)
    launch.take_up()
    launch.until("taken up again")
    launch.take(20)
    launch.finish()
    assert launch.end() == 0
    assert [(a["id"], a["state"]) for a in launch.alarms()] == [("loss-nonfinite", "raised")]
    assert [a["id"] for a in launch.summary()["alarms"]] == ["loss-nonfinite"]


CRASHING = MONITORED.replace("steps():", "steps():\n        assert step < 25, 'no more'")


def test_a_crash_while_nobody_looked_is_summed_up(starts: Starts, records: Records) -> None:
    launch = starts(CRASHING)
    launch.take(20)
    child = launch.child()
    kill_launch(launch)
    launch.take(4)
    launch.begin_step()
    while born_s(child) is not None:
        os.sched_yield()
    listed = command("launch", "list", project=launch.project).stdout
    assert "lost: launch was killed, the training runs no more" in listed
    assert "Next: neural-trainer launch attach runs/run" in listed
    launch.take_up()
    assert launch.end() == 0
    summary = launch.summary()
    assert summary["crash"]["quote"] == "AssertionError: no more"
    assert summary["steps"] == 24
    assert [alarm["state"] for alarm in launch.alarms()] == ["raised"], launch.alarms()
    assert "ended: it crashed" in command("launch", "list", project=launch.project).stdout
    told = line_with(launch.printed, "the run crashed")
    records("a crash after kill -9 of launch, then launch attach", "the step in flight", told)


def test_kill_9_of_both(starts: Starts, records: Records) -> None:
    launch = starts()
    launch.take(20)
    child = launch.child()
    launch.process.kill()
    os.kill(child, signal.SIGKILL)
    launch.process.wait()
    assert launch.steps() == list(range(1, 21))
    read = command("curves", "runs/run", project=launch.project)
    assert read.returncode == 0
    again = command(
        "launch", "--yes", "--run", "runs/run", "--", "python", "run.py", project=launch.project
    )
    assert again.returncode == 1
    assert "already holds a run" in again.stderr
    told = command("launch", "list", project=launch.project).stdout
    assert "lost: launch was killed, the training runs no more" in told
    records("kill -9 of both", "no line of 20; no summary.json", told.strip())


PREEMPTED = (
    STEPS
    + """
import signal
import sys
from pathlib import Path
from neural_trainer import Monitor
def save(*_):
    Path("last.pt").write_text("weights")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
with Monitor("own") as monitor:
    for step in steps():
        monitor.step(1.0 / step)
"""
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_scheduler_preempts(starts: Starts, records: Records, number: signal.Signals) -> None:
    script = PREEMPTED.replace("signal.SIGTERM, save", "signal.SIGTERM, save)\nsignal.signal("
                               "signal.SIGINT, save")  # fmt: skip
    launch = starts(script)
    launch.take(10)
    launch.process.send_signal(number)
    assert launch.end() == 128 + number
    assert (launch.project / "last.pt").read_text() == "weights"
    summary = launch.summary()
    assert summary["ended"] == f"stopped by {number.name}"
    assert summary["checkpoints"] == [str(launch.project / "last.pt")]
    assert launch.alarms() == []
    if number == signal.SIGTERM:
        told = line_with(launch.printed, "to write a checkpoint")
        records("SIGTERM, as a scheduler preempts", "nothing: the run wrote its checkpoint", told)


# A shell ends at SIGTERM; its training goes on until the test says so.
SLOW_TO_SAVE = PREEMPTED.replace(
    "save(*_):\n", "save(*_):\n    Path('told').touch()\n    os.read(go, 1)\n"
)


def test_a_scheduler_preempts_a_shell_script(
    starts: Starts, records: Records, tmp_path: Path
) -> None:
    (tmp_path / "train.sh").write_text(f"{sys.executable} run.py\necho done\n")
    launch = starts(SLOW_TO_SAVE, "--run", "runs/run", command=("sh", "train.sh"))
    launch.take(10)
    shell = launch.child()
    launch.process.terminate()
    told = line_with(launch.until("to write a checkpoint"), "to write a checkpoint")
    while born_s(shell) is not None or not (tmp_path / "told").exists():
        os.sched_yield()
    launch.begin_step()
    assert launch.end() == 128 + signal.SIGTERM
    assert launch.summary()["checkpoints"] == [str(launch.project / "last.pt")]
    assert "left behind" not in launch.printed
    fault = "SIGTERM to a shell script, which ends before its training has saved"
    records(fault, "nothing: the run wrote its checkpoint", told)


def test_a_run_that_does_not_heed_sigterm_is_killed(starts: Starts, records: Records) -> None:
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + MONITORED
    launch = starts(deaf, "--grace", "0.5")
    launch.take(10)
    launch.process.terminate()
    assert launch.end() == 128 + signal.SIGTERM
    assert launch.steps() == list(range(1, 11))
    told = line_with(launch.printed, "it did not end in time")
    records("SIGTERM to a run that ignores it", "what it had not saved when its time was up", told)


SCATTERED = (
    "import subprocess, sys\n"
    "subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'],"
    " start_new_session=True)\n" + MONITORED
)


def test_workers_in_sessions_of_their_own_are_ended(starts: Starts, records: Records) -> None:
    launch = starts(SCATTERED)
    launch.take(5)
    os.kill(launch.child(), signal.SIGKILL)
    assert launch.end() == 1
    told = line_with(launch.printed, "ended what it had left behind")
    assert told.endswith(": 1 processes")
    records("kill -9 of the first process of a run whose workers live on", "nothing more", told)


def test_two_launches_on_one_folder(starts: Starts, records: Records) -> None:
    launch = starts(MONITORED, "--run", "runs/run")
    launch.take(5)
    second = command("launch", "--yes", "--run", "runs/run", "--", "python", "run.py",
                     project=launch.project)  # fmt: skip
    assert second.returncode == 1
    (told,) = second.stderr.splitlines()
    assert "is kept by another launch" in told
    launch.take(5)
    launch.finish()
    assert launch.end() == 0
    assert launch.steps() == list(range(1, 11))
    records("two launches on one folder", "nothing: the second is refused", told)


RANKS = """
import os, sys
import torch.distributed as dist
from neural_trainer import Monitor
dist.init_process_group("gloo")
rank = dist.get_rank()
import torch
with Monitor("own") as monitor:
    for step in range(1, 1000):
        if rank == 1 and step == 6:
            os.kill(os.getpid(), 9)
        value = torch.ones(1)
        dist.all_reduce(value)
        monitor.step(1.0 / step)
"""


@pytest.mark.slow
def test_a_rank_dies_under_torchrun(starts: Starts, records: Records) -> None:
    import sys

    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    launch = starts(RANKS, "--restarts", "1", "--backoff", "0", command=[*torchrun, "run.py"])
    assert launch.end() == 1
    summary = launch.summary()
    assert summary["crash"]["id"] in ("rank-killed", "connection-lost")
    assert len(summary["attempts"]) == 2
    assert summary["attempts"][0]["last_step"] == 5.0
    assert "not restarted: it ended so twice at the same step, 5" in summary["notes"]
    told = line_with(launch.printed, "the run crashed")
    records("a rank dies under torchrun", "the step in flight", told)
