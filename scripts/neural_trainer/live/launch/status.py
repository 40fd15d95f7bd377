"""What launch says of a run as it goes: an alarm, what is not logged, how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neural_trainer.live.launch.crash import quoted
from neural_trainer.live.launch.visibility import MINIMUM
from neural_trainer.runs.run import Run


def alarm_line(alarm: Mapping[str, Any]) -> str:
    """Return a line of alerts.jsonl as a sentence."""
    at = f"step {alarm['step']}: "
    if alarm["state"] == "cleared":
        return f"{at}{alarm['id']} has cleared"
    likely = ""
    if alarm["cause"] != alarm["id"]:
        likely = f" (likely {alarm['cause']}, {100 * alarm['confidence']:.0f} %)"
    return f"{at}{quoted(alarm['message'], 200)}{likely}"


def missing_line(run: Run) -> str:
    """Return which of the minimum signals a run does not log; "" where it logs them all."""
    has = set(run.signals) | ({"throughput"} if "step_time_s" in run.signals else set())
    lacking = [name for name in MINIMUM if name not in has]
    return f"not logged, so not judged: {', '.join(lacking)}" if lacking else ""


def status_line(
    name: str, hours: float, step: float | None, loss: float | None, num_alarms: int
) -> str:
    """Return how a run stands."""
    told = [name, f"{hours * 60:.1f} min"]
    told += [f"step {step:g}"] if step is not None else ["no step yet"]
    told += [f"loss {loss:.4g}"] if loss is not None else []
    told += [f"{num_alarms} alarms"] if num_alarms else []
    return " · ".join(told)


def last_loss(run: Run | None) -> float | None:
    """Return the loss that was logged last."""
    loss = None if run is None else run.get("loss")
    return None if loss is None else float(loss.value[-1])
