"""A staged start: one step, fifty, then the whole run, each stage a gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from launching import MONITORED, STEPS, Launch, command, launched

from neural_trainer.live.launch import ending
from neural_trainer.live.launch.caps import Spent
from neural_trainer.live.launch.locate import Locator
from neural_trainer.runs.read import read

STAGED = "import os\nopen('stages', 'a').write(os.environ['NEURAL_TRAINER_STAGE'] + ' ')\n"


def listed(launch: Launch) -> dict[str, Any]:
    """Return the one row of `launch list`."""
    shown = command("launch", "list", "--json", project=launch.project).stdout
    (row,) = json.loads(shown)["launches"]
    return dict(row)


def stage_folder(launch: Launch, stage: str) -> Path:
    return launch.folder / ".launch" / "stages" / stage


@launched(STAGED + MONITORED, "--stage", "one-step,smoke,full")
def test_stages_pass_one_after_the_other(launch: Launch) -> None:
    launch.until("stage one-step: until step 1")
    launch.take(1)
    launch.until("stage smoke: until step 50")
    launch.take(20)
    row = listed(launch)
    assert (row["name"], row["stage"], row["step"]) == ("run", "smoke", 20)
    assert row["state"] == "stage smoke: running"
    launch.take(30)
    launch.until("stage smoke: passed")
    launch.take(60)
    assert (listed(launch)["stage"], listed(launch)["state"]) == (None, "running")
    launch.finish()
    assert launch.end() == 0
    assert (launch.project / "stages").read_text() == "one-step smoke full "
    assert launch.steps() == list(range(1, 61))  # of the last stage alone
    assert read(launch.folder).last_step == 60
    told = [(one["stage"], one["passed"], one["steps"]) for one in launch.summary()["stages"]]
    assert told == [("one-step", True, 1), ("smoke", True, 50)]
    assert "stage smoke: passed in " in launch.printed


@launched(MONITORED, "--stage", "smoke,full")
def test_a_stage_is_marked_and_is_no_run_of_the_project(launch: Launch) -> None:
    launch.take(50)
    launch.until("stage smoke: passed")
    launch.take(5)
    launch.finish()
    assert launch.end() == 0
    of_stage = json.loads((stage_folder(launch, "smoke") / "run.json").read_text())
    of_run = json.loads((launch.folder / "run.json").read_text())
    assert of_stage["stage"] == "smoke"
    assert "stage" not in of_run
    registry = (launch.project / ".neural-trainer" / "runs.jsonl").read_text().splitlines()
    assert [json.loads(line)["folder"] for line in registry] == [str(launch.folder)]


@launched(
    STEPS + "for step in steps():\n    print(f'step {step} loss {1 + 1 / step:.4f}')\n",
    *("--stage", "smoke,full", "--log-from", "stdout"),
)
def test_a_stage_that_is_seen_by_what_it_prints(launch: Launch) -> None:
    launch.take(50)
    launch.until("stage smoke: passed")
    launch.take(30)
    launch.finish()
    assert launch.end() == 0
    assert (launch.summary()["steps"], launch.summary()["loss"]["first"]["step"]) == (30, 1)
    assert json.loads((stage_folder(launch, "smoke") / "run.json").read_text())["stage"] == "smoke"
    assert (stage_folder(launch, "smoke") / "stdout.log").read_text().count("\n") == 50


APPENDS = (
    STEPS
    + """
import json
for step in steps():
    with open("log.jsonl", "a") as log:
        log.write(json.dumps({"step": step, "loss": 1 + 1 / step}) + "\\n")
"""
)


@launched(APPENDS, "--stage", "smoke,full", "--log-from", "log.jsonl")
def test_a_log_that_a_stage_has_begun(launch: Launch) -> None:
    launch.take(50)
    launch.until("stage smoke: passed")
    launch.take(30)
    launch.finish()
    assert launch.end() == 0
    summary = launch.summary()
    assert (summary["steps"], summary["loss"]["first"]["step"]) == (30, 1)
    assert summary["alarms"] == []


BREAKS = MONITORED.replace(
    "for step in steps():", "for step in steps():\n        if step == 9: 1/0"
)


@launched(STAGED + BREAKS, "--stage", "smoke,full")
def test_a_stage_that_fails_is_the_end(launch: Launch) -> None:
    launch.take(8)
    launch.begin_step()
    assert launch.end() == 1
    assert (launch.project / "stages").read_text() == "smoke "
    summary = launch.summary()
    assert "stage smoke failed: it crashed" in summary["ended"]
    assert summary["crash"]["id"] == "code-fault"
    assert summary["run"] == str(stage_folder(launch, "smoke"))
    assert listed(launch)["state"].startswith("ended: stage smoke failed")
    next_words = summary["next"].split()[1:]
    assert command(*next_words, project=launch.project).returncode == 0


@launched(
    MONITORED.replace("1.0 + 1.0", "float('nan') if step > 4 else 1.0"), "--stage", "smoke,full"
)
def test_a_stage_with_an_alarm_does_not_pass(launch: Launch) -> None:
    launch.take(50)
    assert launch.end() == 1
    assert "stage smoke failed: loss-nonfinite" in launch.summary()["ended"]


SAVES = MONITORED.replace(
    "for step in steps():",
    "for step in steps():\n        if step % 25 == 0: open(f'step-{step}.pt', 'w').write('x')",
)


@launched(SAVES, "--stage", "smoke")
def test_what_a_stage_leaves_behind_is_told(launch: Launch) -> None:
    launch.take(50)
    assert launch.end() == 0
    assert "what the command writes elsewhere" in " ".join(launch.printed.split())
    told = (
        "stage smoke: passed; the command finds what it wrote: 2 checkpoints, the newest step-50.pt"
    )
    assert told in launch.printed
    assert launch.summary()["ended"] == "stage smoke passed"
    assert not (launch.folder / "metrics.jsonl").exists()


@launched(MONITORED, "--stage", "smoke,full")
def test_launch_that_is_killed_in_a_stage(launch: Launch) -> None:
    launch.take(10)
    launch.process.kill()
    launch.process.wait()
    row = listed(launch)
    assert row["state"] == "stage smoke: unwatched: launch was killed, the training goes on"
    assert row["next"] == "neural-trainer launch stop runs/run"
    looked = command("launch", "attach", "run", project=launch.project)
    assert (looked.returncode, "taken up" in looked.stdout) == (0, False)
    assert command("launch", "stop", "run", "--now", project=launch.project).returncode == 0
    assert listed(launch)["state"] == "lost: launch was killed, the training runs no more"
    assert listed(launch)["next"] == ""


def test_event_files_of_a_stage_are_not_those_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "tb").mkdir()
    (tmp_path / "tb" / "events.out.tfevents.1.stage").write_bytes(b"1")
    locator = Locator("tensorboard", tmp_path)
    assert locator.find() is None
    own = tmp_path / "tb" / "events.out.tfevents.2.run"
    own.write_bytes(b"2")
    assert locator.find() == own
    alone = tmp_path / "fresh" / "events.out.tfevents.3.run"
    alone.parent.mkdir()
    alone.write_bytes(b"3")
    assert locator.find() == alone.parent
    again = Locator("tensorboard", tmp_path, shared=locator.shared)  # a restart of the same run
    (alone.parent / "events.out.tfevents.4.run").write_bytes(b"4")
    assert again.find() == alone.parent


def test_limits_hold_over_all_stages() -> None:
    assert Spent(1, 2, 5).with_(Spent(0.5, 1, 7)) == Spent(1.5, 3, 7)


def test_a_stage_without_steps_is_told_so() -> None:
    record: dict[str, Any] = {
        "run": "runs/a", "ended": "x", "duration_s": 1.0, "gpu_hours": 0.0, "attempts": [],
        "alarms": [], "checkpoints": [], "stdout": "s", "notes": [], "next": "n",
        "stages": [{"stage": "smoke", "passed": False, "duration_s": 2.0}],
    }  # fmt: skip
    assert "  stage smoke: failed in 2.0 s\n" in ending.to_text(record)
