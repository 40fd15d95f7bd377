"""Writes what is known of a run as it starts, run.json, and as it ends, summary.json."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural_trainer.live.claim import remove
from neural_trainer.live.launched import LAUNCH_FOLDER, stage
from neural_trainer.live.masking import masked
from neural_trainer.live.plain_config import plain
from neural_trainer.live.provenance import provenance
from neural_trainer.live.registry import Registered, register
from neural_trainer.live.reproducibility import recorded
from neural_trainer.live.run_folder import RUN_FILE, SCHEMA, SUMMARY_FILE, write_json

if TYPE_CHECKING:
    from neural_trainer.diagnosis import Report

MEASURED = {
    "grad_norm": "L2 over all gradients before clipping and without any loss scale: what "
    "clip_grad_norm_ found, else as the optimizer steps, where a loop that scales gradients by "
    "hand has done so already; absent where no optimizer was seen",
    "data_time_s": "from the end of a step to the next forward pass of the model",
    "layers.bin": "gradients as grad_norm has them; updates and directions on at most 1024 "
    "elements a tensor; under sharding of this rank's part",
}


def write_run_file(
    folder: Path, started: float, model: Any, config: Any, data: Any, note: Callable[[str], None],
    undo: ExitStack,
) -> None:  # fmt: skip
    """Write run.json in `folder`. Raises OSError.

    note: is told what could not be done besides. undo: takes it away again.
    """
    project = Path.cwd()
    record = {
        "schema": SCHEMA,
        "name": folder.name,
        "started": started,
        **provenance(config, project, data),
        "data": masked(plain(data)),
        "measured": MEASURED,
    }
    if which := stage():
        record["stage"] = which
    if model is not None:
        sizes = [(p.numel(), p.requires_grad) for p in model.parameters()]
        record["num_parameters"] = sum(size for size, _ in sizes)
        record["num_trainable_parameters"] = sum(size for size, trains in sizes if trains)
    write_json(folder / RUN_FILE, record)
    undo.callback(remove, folder / RUN_FILE)
    if (folder / LAUNCH_FOLDER).is_dir():  # launch has entered it
        return
    try:
        register(project, Registered(folder, folder.name, started))
    except OSError as error:
        note(f"not entered in the project's registry: {error}")


def write_summary(
    folder: Path, ended: str, duration_s: float, extremes: Mapping[str, Any],
    report: Report | None, notes: Sequence[str],
) -> None:  # fmt: skip
    """Write summary.json in `folder`, beside run.json. extremes: of the losses. Raises OSError."""
    summary = {"schema": SCHEMA, "ended": ended, "duration_s": duration_s, **extremes}
    conditions = recorded(folder)
    if conditions is not None:
        summary["reproducibility"] = conditions
    if report is not None:
        summary["verdict"] = report.verdict
        if report.verdict == "faulty" and report.root_causes:
            summary["cause"] = report.root_causes[0].cause
            summary["confidence"] = float(report.root_causes[0].confidence)
    write_json(folder / SUMMARY_FILE, {**summary, "notes": list(notes)})
