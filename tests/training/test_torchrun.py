"""What a launcher tells a process, and what is refused of it in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neural_trainer.errors import ConfigError
from neural_trainer.live.torchrun import Place, place_of_process

TOLD = {"RANK": "3", "WORLD_SIZE": "8", "MASTER_ADDR": "node-1", "MASTER_PORT": "29500"}


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        pytest.param({}, None, id="alone"),
        pytest.param({"WORLD_SIZE": "1"}, None, id="a-world-of-one"),
        pytest.param({"RANK": "0"}, None, id="a-rank-of-nothing"),
        pytest.param({"SLURM_STEP_NUM_TASKS": "1"}, None, id="the-one-task-of-srun"),
        pytest.param(
            {**TOLD, "SLURM_STEP_NUM_TASKS": "8"}, Place(3, 8, 3, "node-1", 29500, False), id="srun"
        ),
        pytest.param(
            {**TOLD, "RANK": "0", "LOCAL_RANK": "1", "TORCHELASTIC_USE_AGENT_STORE": "True"},
            Place(0, 8, 1, "node-1", 29500, False),
            id="torchrun",
        ),
        pytest.param(TOLD, Place(3, 8, 3, "node-1", 29500, False), id="by-hand"),
        pytest.param({**TOLD, "RANK": "0"}, Place(0, 8, 0, "node-1", 29500, True), id="first"),
    ],
)
def test_the_place_of_a_process(environment: dict[str, str], place: Place | None) -> None:
    assert place_of_process(environment) == place


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"MASTER_ADDR": ""}, "WORLD_SIZE is 8, and MASTER_ADDR not set", id="nowhere"),
        pytest.param(
            dict.fromkeys(("RANK", "MASTER_ADDR", "MASTER_PORT"), ""),
            "RANK, MASTER_ADDR, MASTER_PORT not set.*torchrun --nproc-per-node=8",
            id="size-alone",
        ),
        pytest.param(
            {"WORLD_SIZE": "", "SLURM_STEP_NUM_TASKS": "2"}, "srun started 2 tasks", id="srun-alone"
        ),
        pytest.param({"RANK": "-1"}, "RANK is '-1'; expected a whole number", id="rank"),
        pytest.param({"WORLD_SIZE": "two"}, "WORLD_SIZE is 'two'", id="size"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        place_of_process({**TOLD, **changes})
    assert "\n" not in str(caught.value)


ENDS = """
import atexit, os, runpy, sys, types
class Late:
    def __del__(self): os.write(1, b"taken down\\n")
sys.modules["torch"] = types.ModuleType("torch")
sys.modules["torch"].late = Late()
atexit.register(print, "at exit")
sys.argv = ["neural_trainer", sys.argv[1]]
runpy.run_module("neural_trainer", run_name="__main__")
"""


@pytest.mark.parametrize(("verb", "code"), [("--version", 0), ("no-such-verb", 2)])
@pytest.mark.parametrize("elastic", [True, False], ids=["torchrun", "alone"])
def test_a_rank_ends_before_its_threads_are_taken_down(verb: str, code: int, elastic: bool) -> None:
    """What it printed and what is to be done at the exit is done; the code is as it is."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "scripts")}
    environment.pop("TORCHELASTIC_RUN_ID", None)
    if elastic:
        environment["TORCHELASTIC_RUN_ID"] = "none"
    done = subprocess.run(
        [sys.executable, "-c", ENDS, verb], env=environment, capture_output=True, text=True
    )
    assert done.returncode == code
    assert ("neural-trainer 0" in done.stdout) == (verb == "--version")
    assert "at exit" in done.stdout
    assert ("taken down" in done.stdout) == (not elastic)
