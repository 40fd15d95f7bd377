"""Which signals of the runs stand in one chart, and which charts come first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.panels import panels
from neural_trainer.runs.run import Run

# Of a run's own log; what the machine was seen to do stands beside them.
HARDWARE = (
    "throughput", "step_time_s", "data_time_s", "memory_bytes", "memory_now_bytes",
    "process_memory_bytes",
)  # fmt: skip
_HARDWARE_PREFIXES = ("gpu", "cpu", "machine/", "system/", "host/")

Chart = tuple[str, ...]


class Groups(NamedTuple):
    """Charts: the chief ones, all others, those of the hardware."""

    chief: list[Chart]
    other: list[Chart]
    hardware: list[Chart]


def groups(runs: Sequence[Run], machine: Sequence[str] = ()) -> Groups:
    """Return the charts of all that `runs` log, each signal in one. machine: signals beside them.

    A held-out twin stands beside its own signal.
    """
    logged = sorted({name for run in runs for name, series in run.signals.items() if len(series)})
    try:
        chief = [tuple(panel) for panel in panels(runs, ())]
    except NeuralTrainerError:  # nothing was logged
        chief = []
    taken = {name for chart in chief for name in chart}
    hardware = [name for name in logged if is_hardware(name) and name not in taken]
    rest = [name for name in logged if name not in taken and name not in hardware]
    held = set(rest)
    twins = {name for name in rest if name.startswith("eval/") and name[len("eval/") :] in held}
    other: list[Chart] = [
        (name, f"eval/{name}") if f"eval/{name}" in twins else (name,)
        for name in rest
        if name not in twins
    ]
    return Groups(chief, other, [(name,) for name in [*hardware, *machine]])


def is_hardware(name: str) -> bool:
    """Return whether a signal is of the machine, not of the model."""
    base = name.removeprefix("rank/").partition("/")[2] if name.startswith("rank/") else name
    return base in HARDWARE or base.startswith(_HARDWARE_PREFIXES)
