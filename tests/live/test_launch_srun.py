"""launch -- srun: two tasks of a real SLURM step, which srun alone would kill at a signal."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from launching import DEADLINE_S, STEPS, Launch, command, environment
from slurm_cluster import Cluster, cluster

from neural_trainer.live.launch.processes import born_s, is_named, processes_of

# The second task is there before the first step, and ends after the last. Both save when told to,
# once the test lets them.
TASKS = (
    STEPS
    + """
import signal
from pathlib import Path
rank = os.environ["SLURM_PROCID"]
def save(*_):
    Path(f"told-{rank}").touch()
    os.read(go, 1)
    Path(f"saved-{rank}.pt").write_text("weights")
    sys.exit(0)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, save)
if rank == "1":
    open("there", "w").close()
    open("end").close()
    sys.exit(0)
from neural_trainer import Monitor
open("there").close()
with Monitor("own") as monitor:
    for step in steps():
        monitor.step(1 / step if step < 25 else float("nan"), lr=0.1, grad_norm=1.0, samples=8)
open("end", "w").close()
"""
)
SOON_SAVED = TASKS.replace("    os.read(go, 1)\n", "")
DEAF = TASKS.replace("signal.signal(number, save)", "signal.signal(number, signal.SIG_IGN)")
SRUN = ("srun", "--ntasks=2", "--kill-on-bad-exit=1")
Starts = Callable[..., Launch]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The cluster of these tests."""
    with cluster(tmp_path_factory.mktemp("slurm")) as found:
        yield found


@pytest.fixture
def starts(slurm: Cluster, tmp_path: Path) -> Iterator[Starts]:
    """Start a launch on the cluster; it and its jobs are ended after the test."""
    started: list[Launch] = []
    for name in ("there", "end"):
        os.mkfifo(tmp_path / name)

    def start(script: str = TASKS, *options: str, command: tuple[str, ...] = ()) -> Launch:
        options = ("--run", "runs/run", *options)
        words = command or srun(tmp_path)
        launch = Launch(tmp_path, script, *options, command=words, inside=slurm.inside)
        started.append(launch)
        return launch

    yield start
    for launch in started:
        launch.close()
    slurm.until("", "squeue", "--noheader")


def left(launch: Launch) -> list[int]:
    """Return the processes of a run that live."""
    return processes_of(launch.folder)


def sruns_of(launch: Launch) -> list[int]:
    """Return srun and its helper, which gives the job up where srun is killed."""
    return [pid for pid in left(launch) if is_named(pid, "srun")]


def end_of(pid: int) -> None:
    """Wait until a process has ended."""
    while born_s(pid) is not None:
        os.sched_yield()


def test_two_tasks_are_followed_to_their_end(starts: Starts, slurm: Cluster) -> None:
    launch = starts()
    launch.take(30)
    launch.until("loss is NaN")
    launch.finish()
    assert launch.end() == 0, launch.printed
    assert "seen by     the Monitor (run.py" in launch.printed
    assert launch.steps() == list(range(1, 31))
    summary = launch.summary()
    assert (summary["ended"], summary["steps"]) == ("it completed", 30)
    assert [alarm["id"] for alarm in launch.alarms()] == ["loss-nonfinite"]
    assert slurm.jobs() == []


def srun(_folder: Path) -> tuple[str, ...]:
    """Return srun alone."""
    return (*SRUN, sys.executable, "run.py")


def shell_script(folder: Path) -> tuple[str, ...]:
    """Return a command that runs srun from a shell, which ends at SIGTERM."""
    (folder / "train.sh").write_text(f"{shlex.join(srun(folder))}\necho done\n")
    return ("sh", "train.sh")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param(signal.SIGTERM, srun, id="srun"),
        pytest.param(signal.SIGINT, srun, id="srun-interrupted", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, shell_script, id="shell-script", marks=pytest.mark.slow),
    ],
)
def test_both_tasks_have_time_to_save(
    starts: Starts,
    slurm: Cluster,
    tmp_path: Path,
    number: signal.Signals,
    words: Callable[[Path], tuple[str, ...]],
) -> None:
    launch = starts(command=words(tmp_path))
    launch.take(10)
    launch.process.send_signal(number)
    launch.until("to write a checkpoint")
    while len(list(tmp_path.glob("told-*"))) < 2:
        os.sched_yield()
    assert len(slurm.jobs()) == 1
    for _ in range(2):
        launch.begin_step()
    assert launch.end() == 128 + number
    summary = launch.summary()
    assert summary["ended"] == f"stopped by {number.name}"
    assert sorted(Path(path).name for path in summary["checkpoints"]) == [
        "saved-0.pt", "saved-1.pt"
    ]  # fmt: skip
    assert "left behind" not in launch.printed
    assert slurm.jobs() == []


def test_tasks_that_do_not_heed_a_signal_are_ended_with_their_job(
    starts: Starts, slurm: Cluster
) -> None:
    launch = starts(DEAF, "--grace", "0.5")
    launch.take(10)
    launch.process.terminate()
    assert launch.end() == 128 + signal.SIGTERM
    assert "it did not end in time: killed" in launch.printed
    assert (left(launch), slurm.jobs()) == ([], [])


@pytest.mark.slow
def test_a_task_that_dies_is_a_crash_and_the_run_is_restarted(
    starts: Starts, slurm: Cluster
) -> None:
    launch = starts(SOON_SAVED, "--restarts", "1", "--backoff", "0")
    launch.take(10)
    task = next(pid for pid in left(launch) if not is_named(pid, "srun"))
    os.kill(task, signal.SIGKILL)
    launch.until("restart 1 of 1")
    launch.take(5)
    launch.finish()
    assert launch.end() == 0
    summary = launch.summary()
    assert [attempt["crash"] for attempt in summary["attempts"]] == ["killed", None]
    assert [alarm["id"] for alarm in launch.alarms()] == ["crash-killed"] * 2
    assert slurm.jobs() == []


def test_where_srun_is_killed_no_task_goes_on_without_it(starts: Starts, slurm: Cluster) -> None:
    launch = starts()
    launch.take(10)
    for pid in sruns_of(launch):
        os.kill(pid, signal.SIGKILL)
    assert launch.end() == 1
    assert launch.summary()["crash"]["id"] == "killed"
    assert (left(launch), slurm.jobs()) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("now", [(), ("--now",)], ids=["with-time", "now"])
def test_a_run_without_its_launch_is_stopped(
    starts: Starts, slurm: Cluster, now: tuple[str, ...]
) -> None:
    launch = starts(SOON_SAVED)
    launch.take(10)
    launch.process.kill()
    launch.process.wait()
    done = command("launch", "stop", "run", *now, project=launch.project, inside=slurm.inside)
    assert (done.returncode, done.stderr) == (0, "")
    saved = [] if now else ["saved-0.pt", "saved-1.pt"]
    assert sorted(path.name for path in launch.project.glob("saved-*.pt")) == saved
    assert (left(launch), slurm.jobs()) == ([], [])


DEAF_AND_DUMB = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("step 1 loss nan", flush=True)
signal.pause()
"""


@pytest.mark.slow
def test_a_job_that_launch_was_started_in_outlives_its_step(slurm: Cluster, project: Path) -> None:
    (project / "run.py").write_text(DEAF_AND_DUMB)
    options = ("--yes", "--log-from", "stdout", "--stop-on", "nan", "--grace", "0.2")
    launch = (sys.executable, "-m", "neural_trainer", "launch", *options, "--", *SRUN)
    after = "echo left $(squeue --noheader --steps --format=%j); srun --ntasks=1 echo goes on"
    script = f"{shlex.join([*launch, sys.executable, 'run.py'])}; {after}"
    done = subprocess.run(
        [*slurm.inside, "salloc", "--ntasks=2", "sh", "-c", script],
        cwd=project, env=environment(), capture_output=True, text=True, timeout=DEADLINE_S,
    )  # fmt: skip
    assert "it did not end in time: killed" in done.stdout
    assert done.stdout.splitlines()[-2:] == ["left", "goes on"]


SAVING = """
import os, signal, sys
def save(*_):
    open(f"saved-{os.environ['SLURM_PROCID']}.pt", "w").close()
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("step 1 loss 2.0", flush=True)
signal.pause()
"""


@pytest.mark.slow
def test_a_batch_script_hands_the_warning_of_slurm_to_launch(slurm: Cluster, project: Path) -> None:
    (project / "run.py").write_text(SAVING)
    options = ("--yes", "--run", "runs/run", "--log-from", "stdout")
    launch = (sys.executable, "-m", "neural_trainer", "launch", *options, "--", *SRUN)
    script = f"#!/bin/sh\nexec {shlex.join([*launch, sys.executable, 'run.py'])}\n"
    (project / "job.sh").write_text(script)
    asked = ("sbatch", "--parsable", "--ntasks=2", f"--chdir={project}", "--output=job.out")
    scripts = environment()["PYTHONPATH"]
    job = slurm.asked(*asked, f"--export=ALL,PYTHONPATH={scripts}", str(project / "job.sh"))
    printed = project / "runs" / "run" / "stdout.log"
    slurm.until("2", "sh", "-c", f"grep -c step {printed}")
    slurm.asked("scancel", "--batch", "--signal=TERM", job)  # as --signal=B:TERM@120 has it
    slurm.until("", "squeue", "--noheader")
    assert (
        "stopped by SIGTERM; it has 60 s to write a checkpoint" in (project / "job.out").read_text()
    )
    assert sorted(path.name for path in project.glob("*.pt")) == ["saved-0.pt", "saved-1.pt"]
