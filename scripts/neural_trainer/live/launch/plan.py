"""What will run, shown before it does: the command, how it is seen, limits, cost, checks."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

from neural_trainer.live.launch import caps
from neural_trainer.live.launch.ending import shown_path
from neural_trainer.live.launch.named_config import named_configs
from neural_trainer.live.launch.quick_checks import Check
from neural_trainer.live.launch.settings import STDOUT, Settings
from neural_trainer.live.launch.visibility import Sight
from neural_trainer.live.launched import STAGE_VARIABLE
from neural_trainer.live.masking import masked_command
from neural_trainer.runs.plain_text import printable

WIDTH = 80
MOST = 2000  # characters of the command
NO_VALIDATION = (
    "WARNING: no validation data was found, so this run can show neither overfitting nor "
    "generalisation. Three ways out: (1) log a loss on data you have held out: "
    "monitor.evaluate(loss=...); (2) hold out a part of the training data, say 5 %, and log its "
    "loss; (3) go on without, and claim nothing beyond the training data"
)
SEEN_BY = {
    "monitor": "the Monitor",
    "path": "the log named",
    STDOUT: "what it prints",
    "csv": "its CSV logger",
    "lightning": "Lightning's logger",
    "transformers": "the Trainer's logs",
}


def text(
    settings: Settings, sight: Sight, run_folder: Path, checks: Sequence[Check], num_gpus: int
) -> str:
    """Return the plan in 80 columns."""
    command = " ".join(shlex.quote(word) for word in masked_command(settings.command))
    rows = [("command", printable(command, MOST))]
    rows += [
        ("config", f"{printable(name)}: {line}")
        for name, line in named_configs(settings.command, Path.cwd())
    ]
    rows.append(("run folder", shown_path(run_folder)))
    where = f" ({printable(sight.where)})" if sight.where and sight.by != STDOUT else ""
    rows.append(("seen by", SEEN_BY.get(sight.by, sight.by) + where))
    if sight.expected is None:
        rows.append(("logs", "told once it has logged 20 points"))
    else:
        missing = ", ".join(sight.missing)
        rows.append(("logs", f"not found: {missing}" if missing else "all minimum signals"))
    if sight.has_validation:
        rows.append(("validation", "found"))
    elif sight.has_validation is None:
        rows.append(("validation", "cannot be told from the command: see that there is some"))
    else:
        rows.append(("validation", NO_VALIDATION))
    if settings.stages != ("full",):
        stages = (
            "each runs the command anew and must pass. Each writes into the run folder of its own; "
            f"what the command writes elsewhere, checkpoints too, it writes in each, unless it "
            f"looks at {STAGE_VARIABLE}"
        )
        rows.append(("stages", f"{', then '.join(settings.stages)}: {stages}"))
    rows.append(("limits", _limits(settings)))
    rows.append(("cost", caps.cost(settings.caps, num_gpus, settings.gpu_hour_price)))
    for check in checks:
        warned = "" if check.state == "ok" else f"{check.state.upper()}: "
        rows.append((check.name, warned + check.found))
    lines = []
    for name, value in rows:
        first, *others = wrap(value, WIDTH - 14, break_on_hyphens=False) or [""]
        lines.append(f"  {name:<11} {first}")
        lines += [f"{'':14}{line}" for line in others]
    return "\n".join(["What will run:", *lines])


def _limits(settings: Settings) -> str:
    limits = settings.caps
    told = [
        f"{value:g} {unit}"
        for value, unit in (
            (limits.hours, "hours"),
            (limits.gpu_hours, "GPU hours"),
            (limits.disk_gb, "GB of disk"),
        )
        if value is not None
    ]
    again = f", with {printable(settings.restart_with)}" if settings.restart_with else ""
    told.append(f"restarts: {limits.restarts or 'none'}{again if limits.restarts else ''}")
    if settings.stop_on:
        told.append(f"stopped on {' or '.join(settings.stop_on)}")
    return ", ".join(told)
