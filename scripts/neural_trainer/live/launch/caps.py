"""What a run has used, held against its caps."""

from __future__ import annotations

from typing import NamedTuple

from neural_trainer.live.launch.settings import Caps


class Spent(NamedTuple):
    """What a run has used over all its attempts; GPU hours: of the GPUs that it may use."""

    hours: float = 0.0
    gpu_hours: float = 0.0
    disk_gb: float = 0.0

    def with_(self, other: Spent) -> Spent:
        """Return what two parts of a launch have used; a folder is counted in each of its looks."""
        disk_gb = max(self.disk_gb, other.disk_gb)
        return Spent(self.hours + other.hours, self.gpu_hours + other.gpu_hours, disk_gb)


def reached(spent: Spent, caps: Caps) -> str:
    """Return which cap was reached, as a sentence; "" where none was.

    >>> reached(Spent(hours=2.5), Caps(hours=2))
    'the cap of 2 hours is reached'
    """
    for used, cap, unit in (
        (spent.hours, caps.hours, "hours"),
        (spent.gpu_hours, caps.gpu_hours, "GPU hours"),
        (spent.disk_gb, caps.disk_gb, "GB in its folder"),
    ):
        if cap is not None and used >= cap:
            return f"the cap of {cap:g} {unit} is reached"
    return ""


def cost(caps: Caps, num_gpus: int, price: float | None) -> str:
    """Return what the run will use at most, as far as that is known."""
    if caps.hours is None and caps.gpu_hours is None:
        return "not known: no cap on hours (--max-hours, --max-gpu-hours)"
    parts = [] if caps.hours is None else [f"{caps.hours:g} hours"]
    limits = [caps.gpu_hours] if caps.gpu_hours is not None else []
    if caps.hours is not None and num_gpus:
        limits.append(caps.hours * num_gpus)
    if limits and num_gpus:
        parts.append(f"{min(limits):g} GPU hours")
        if price is not None:
            parts.append(f"{min(limits) * price:g} at {price:g} a GPU hour")
    return "at most " + ", ".join(parts) if parts else "not known: no GPU to count"
