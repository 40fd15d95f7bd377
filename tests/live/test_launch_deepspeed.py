"""launch -- deepspeed: two processes of ZeRO on the CPU, followed to the end, and told to save."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from launching import STEPS, Launch
from library_python import python_with

pytestmark = pytest.mark.slow

# The operator that shares memory between processes is compiled for minutes; gloo does without it.
TRAINING = (
    STEPS
    + """
import argparse, signal
import deepspeed, torch
import torch.distributed as dist
from torch import nn
from neural_trainer import Monitor

parser = argparse.ArgumentParser()
parser.add_argument("--local_rank")
parser.add_argument("--steps", type=int)
asked = parser.parse_args()
told = []
signal.signal(signal.SIGTERM, lambda *_: told.append(True))
torch.set_num_threads(1)
torch.manual_seed(0)
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
deepspeed.init_distributed(dist_backend="gloo")
model = nn.Linear(4, 1)
engine, optimizer, _, _ = deepspeed.initialize(
    model=model, optimizer=torch.optim.SGD(model.parameters(), lr=0.05),
    config={
        "train_micro_batch_size_per_gpu": 16, "zero_optimization": {"stage": 1},
        "zero_allow_untested_optimizer": True,
    },
)
weights = torch.tensor([[1.0], [-2.0], [3.0], [0.5]])
with Monitor("own", model=engine, optimizer=optimizer) as monitor:
    for step in range(1, asked.steps + 1):
        inputs = torch.randn(16, 4)
        loss = nn.functional.mse_loss(engine(inputs), inputs @ weights)
        engine.backward(loss)
        engine.step()
        monitor.step(loss, samples=16)
        if step == 20 and dist.get_rank() == 0:
            os.read(go, 1)
            os.write(done, b".")
        any_told = torch.tensor(float(bool(told)))
        dist.all_reduce(any_told)
        if any_told:
            engine.save_checkpoint("checkpoints")
            break
dist.destroy_process_group()
"""
)


def free_port() -> int:
    """Return a port at which the two processes can meet."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def launch(project: Path, steps: int) -> Iterator[Launch]:
    """A launch of two processes of deepspeed, which take so many steps."""
    deepspeed = python_with("deepspeed", "torch").with_name("deepspeed")
    words = (
        str(deepspeed),
        "--num_accelerators=2",
        f"--master_port={free_port()}",
        "run.py",
        f"--steps={steps}",
    )
    inside = ("env", "DS_ACCELERATOR=cpu", "OMP_NUM_THREADS=1")
    started = Launch(project, TRAINING, command=words, inside=inside)
    yield started
    started.close()


@pytest.mark.parametrize("steps", [60])
def test_two_processes_of_deepspeed_fill_one_folder(launch: Launch) -> None:
    launch.take(1)
    assert launch.end() == 0, launch.printed
    assert "seen by     the Monitor (run.py" in launch.printed
    assert "logs        all minimum signals" in launch.printed
    summary = launch.summary()
    assert (summary["steps"], summary["alarms"]) == (60, [])
    assert launch.steps() == list(range(1, 61))
    assert (launch.folder / "rank-1.jsonl").exists()


@pytest.mark.parametrize("steps", [1_000_000])
def test_both_processes_of_deepspeed_have_time_to_save(launch: Launch) -> None:
    launch.take(1)
    launch.process.terminate()
    assert launch.end() == 128 + signal.SIGTERM
    assert launch.summary()["ended"] == "stopped by SIGTERM"
    saved = {path.name for path in (launch.project / "checkpoints").glob("*/*.pt")}
    assert saved == {
        "mp_rank_00_model_states.pt",
        "zero_pp_rank_0_mp_rank_00_optim_states.pt",
        "zero_pp_rank_1_mp_rank_00_optim_states.pt",
    }
