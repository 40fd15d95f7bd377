"""A launched run that ends badly is started again, from its checkpoint, or is not."""

from __future__ import annotations

from launching import MONITORED, PRINTED, STEPS, Launch, launched

from neural_trainer.runs.read import read


@launched("import no_such_package\n" + MONITORED, "--restarts", "3", "--backoff", "0")
def test_a_cause_that_would_repeat_is_not_restarted(launch: Launch) -> None:
    assert launch.end() == 1
    summary = launch.summary()
    assert summary["crash"]["id"] == "package-missing"
    assert summary["crash"]["quote"] == "ModuleNotFoundError: No module named 'no_such_package'"
    assert len(summary["attempts"]) == 1
    assert summary["next"].startswith("less ")


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


@launched(MONITORED, "--max-hours", "0.0002", "--restarts", "2")
def test_a_cap_ends_the_run(launch: Launch) -> None:
    assert launch.end() == 1
    assert launch.summary()["ended"] == "the cap of 0.0002 hours is reached"
    assert [alarm["id"] for alarm in launch.alarms()] == ["cap-reached"]
    assert len(launch.summary()["attempts"]) == 1
