"""A staged start: the command anew for each stage, in a folder of its own, then as the run."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from neural_trainer.live.launch import ending
from neural_trainer.live.launch.caps import Spent
from neural_trainer.live.launch.gpus import Gpus
from neural_trainer.live.launch.settings import STAGE_STEPS, Settings
from neural_trainer.live.launch.signals import Signals
from neural_trainer.live.launch.state import read_state, write_state
from neural_trainer.live.launch.stop import Ended
from neural_trainer.live.launch.supervisor import Supervisor
from neural_trainer.live.launch.talk import Talk
from neural_trainer.live.launch.visibility import Sight
from neural_trainer.live.launched import FULL, LAUNCH_FOLDER
from neural_trainer.live.masking import masked_command
from neural_trainer.live.provenance import provenance
from neural_trainer.live.run_folder import RUN_FILE, SCHEMA, write_json

STAGES_FOLDER = "stages"  # in .launch, which readers pass by: a stage never counts as the run


def home_of(run_folder: Path, stage: str) -> Path:
    """Return the folder of a stage, that of the run itself for "full"."""
    return run_folder if stage == FULL else run_folder / LAUNCH_FOLDER / STAGES_FOLDER / stage


def stage_now(run_folder: Path) -> tuple[str, dict[str, Any]]:
    """Return the stage that a launch is in and that stage's state; "" and {} in the run itself."""
    stage = str(read_state(run_folder).get("stage") or "")
    if stage not in STAGE_STEPS or stage == FULL:
        return "", {}
    return stage, read_state(home_of(run_folder, stage))


def in_turn(
    settings: Settings,
    seen: Sight,
    run_folder: Path,
    talk: Talk,
    signals: Signals,
    gpus: Gpus,
    started: float,
) -> Ended:
    """Take the stages and the run in turn; return how the last one that was started ended.

    A stage has passed if it took its steps, or ended well before, without an alarm. What it uses
    counts towards the limits. started: of the launch, unix seconds. Raises OSError.
    """
    taken: list[dict[str, Any]] = []
    spent = Spent()
    ended: Ended | None = None
    for stage in settings.stages:
        steps, home = STAGE_STEPS[stage], home_of(run_folder, stage)
        (home / LAUNCH_FOLDER).mkdir(parents=True, exist_ok=True)
        if steps is not None:
            state = {"state": "starting", "stage": stage, "started": started, "pid": os.getpid()}
            write_state(run_folder, state)
            talk.event(f"stage {stage}: until step {steps}")
        if seen.by != "monitor":
            _record(home, stage, started, settings)
        ended = Supervisor(
            settings, seen, home, talk, signals, gpus,
            stage=stage, max_steps=steps, spent_before=spent,
        ).run()  # fmt: skip
        spent = spent.with_(ended.spent)
        if steps is None:
            break
        failed = _why_failed(ended)
        talk.event(f"stage {stage}: {failed or 'passed'}{_left_behind(ended)}")
        taken.append(_entry(stage, ended, passed=not failed))
        if failed or stage == settings.stages[-1]:
            ended = _no_further(stage, failed, ended, run_folder)
            break
    assert ended is not None
    if not taken:
        return ended
    record = {**ended.record, "stages": taken}
    ending.write(run_folder, record)
    return replace(ended, record=record)


def _why_failed(ended: Ended) -> str:
    """Return why a stage has not passed; "" where it has."""
    if ended.kind not in ("completed", "steps"):
        return f"failed: {ended.record['ended']}"
    if not ended.has_stepped:
        return "failed: it ended without a step"
    if ended.num_alarms:
        return f"failed: {ended.record['alarms'][0]['id']}"
    return ""


def _left_behind(ended: Ended) -> str:
    """Return what a stage has written for the run to come upon."""
    paths, count = ended.record["checkpoints"], ended.record["num_checkpoints"]
    if not paths:
        return ""
    which = ending.shown_path(paths[-1])
    return f"; the command finds what it wrote: {count} checkpoints, the newest {which}"


def _entry(stage: str, ended: Ended, *, passed: bool) -> dict[str, Any]:
    kept = ("ended", "steps", "duration_s", "run", "num_checkpoints")
    told = {key: ended.record[key] for key in kept if key in ended.record}
    return {"stage": stage, "passed": passed, **told}


def _no_further(stage: str, failed: str, ended: Ended, run_folder: Path) -> Ended:
    """Return how a launch ended that came no further than `stage`, and write it down."""
    sentence = f"stage {stage} passed"
    if failed:
        sentence = f"stage {stage} {failed}; what was to follow was not started"
    state = read_state(run_folder)
    write_state(run_folder, {**state, "state": f"ended: {sentence}"})
    record = {**ended.record, "ended": sentence}
    return replace(ended, record=record, code=ended.code or int(bool(failed)))


def _record(folder: Path, stage: str, started: float, settings: Settings) -> None:
    """Write run.json for a run whose own logger does not."""
    record = {
        "schema": SCHEMA,
        "name": folder.name,
        "started": started,
        **provenance(None, Path.cwd()),
        "command": masked_command(settings.command),
    }
    if stage != FULL:
        record["stage"] = stage
    write_json(folder / RUN_FILE, record)
