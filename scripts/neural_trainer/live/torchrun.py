"""What torchrun, or a scheduler in its place, tells a process: its rank, and where all meet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from neural_trainer.errors import ConfigError

_NEEDED = ("RANK", "MASTER_ADDR", "MASTER_PORT")


class Place(NamedTuple):
    """One of `size` processes, which meet at a store of torch's on host:port.

    local_rank: on its machine. has_store: whether this process has to serve the store; under
    torchrun none has, and the store outlives a restart of all.
    """

    rank: int
    size: int
    local_rank: int
    host: str
    port: int
    has_store: bool


def place_of_process(environment: Mapping[str, str] = os.environ) -> Place | None:
    """Return the place of this process; None where it was started alone.

    Raises ConfigError where it was told of others, but not where to meet them.
    """
    size = environment.get("WORLD_SIZE", "")
    lacks = [name for name in _NEEDED if not environment.get(name)]
    tasks = environment.get("SLURM_STEP_NUM_TASKS", "1")
    if not size and tasks != "1":
        raise ConfigError(
            f"srun started {tasks} tasks that do not know where to meet: each would train a model "
            f"of its own; start torchrun on each node (srun --ntasks-per-node=1 torchrun ...), see "
            f"examples/slurm_train.py, or unset SLURM_STEP_NUM_TASKS"
        )
    if not size or (lacks and size == "1"):
        return None
    if lacks:
        raise ConfigError(
            f"WORLD_SIZE is {size}, and {', '.join(lacks)} not set, so the processes cannot meet; "
            f"start with torchrun --nproc-per-node={size} -m neural_trainer train CONFIG.yaml, or "
            f"unset WORLD_SIZE"
        )
    numbers = {
        "WORLD_SIZE": size, "RANK": environment["RANK"],
        "LOCAL_RANK": environment.get("LOCAL_RANK", environment["RANK"]),
        "MASTER_PORT": environment["MASTER_PORT"],
    }  # fmt: skip
    for name, text in numbers.items():
        if not text.isdecimal():
            raise ConfigError(f"{name} is {text!r}; expected a whole number, as torchrun sets it")
    world_size, rank, local_rank, port = (int(text) for text in numbers.values())
    served = environment.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    host = environment["MASTER_ADDR"]
    return Place(rank, world_size, local_rank, host, port, rank == 0 and not served)
