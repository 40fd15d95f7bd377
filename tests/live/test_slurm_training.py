"""Trainings of torch on a real SLURM cluster: under launch -- srun, and jobs through submitit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from launching import environment
from slurm_cluster import Cluster, cluster

from neural_trainer.runs.read import read

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENCE_S = 240.0

# Two tasks train one model; the second is killed in step 30 of the first attempt, once.
TRAINING = """
import os, signal
from pathlib import Path
import torch
import torch.distributed as dist
from torch import nn
from neural_trainer import Monitor

torch.set_num_threads(1)
rank, size = int(os.environ["SLURM_PROCID"]), int(os.environ["SLURM_NTASKS"])
attempt = os.environ["SLURM_STEP_ID"] + os.environ["SLURM_JOB_ID"]
dist.init_process_group(
    "gloo", init_method=f"file://{os.getcwd()}/store-{attempt}", rank=rank, world_size=size
)
torch.manual_seed(0)
model = nn.parallel.DistributedDataParallel(nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
last, begun = os.environ.get("NEURAL_TRAINER_CHECKPOINT"), 0
if last:
    saved = torch.load(last, weights_only=True)
    begun = saved["step"]
    model.load_state_dict(saved["model"])
weights = torch.tensor([[1.0], [-2.0], [3.0], [0.5]])
with Monitor("own", model=model, optimizer=optimizer, resume=begun > 0) as monitor:
    monitor.step_number = begun
    for step in range(begun + 1, 61):
        if step == 30 and rank == 1 and not last:
            os.kill(os.getpid(), signal.SIGKILL)
        inputs = torch.randn(16, 4, generator=torch.Generator().manual_seed(step * size + rank))
        loss = nn.functional.mse_loss(model(inputs), inputs @ weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, samples=16)
        if step % 20 == 0 and rank == 0:
            torch.save({"step": step, "model": model.state_dict()}, "partial")
            os.replace("partial", "last.pt")
dist.destroy_process_group()
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The cluster of these tests."""
    with cluster(tmp_path_factory.mktemp("slurm")) as found:
        yield found


def done_there(slurm: Cluster, folder: Path, *words: str) -> str:
    """Run Python on the cluster in `folder`; return what it prints."""
    done = subprocess.run(
        [*slurm.inside, sys.executable, *words], cwd=folder, env=environment(),
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_two_tasks_train_one_model_and_go_on_after_one_dies(slurm: Cluster, project: Path) -> None:
    (project / "train.py").write_text(TRAINING)
    launch = ("-m", "neural_trainer", "launch", "--yes", "--json", "--restarts", "1")
    srun = ("srun", "--ntasks=2", sys.executable, "train.py")
    said = done_there(slurm, project, *launch, "--backoff", "0", "--", *srun)
    record = json.loads(said)
    assert record["ended"] == "it completed"
    first, second = record["attempts"]
    assert (first["crash"], second["crash"]) == ("connection-lost", None)
    rows = (Path(record["run"]) / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(row)["step"] for row in rows] == [*range(1, 30), *range(21, 61)]
    assert record["loss"]["last"]["value"] < 0.2 * record["loss"]["first"]["value"]
    assert record["checkpoints"] == [str(project / "last.pt")]
    assert (Path(record["run"]) / "rank-1.jsonl").exists()
    assert slurm.jobs() == []


CONFIG: dict[str, dict[str, Any]] = {
    "model": {"num_layers": 1, "num_heads": 2, "width": 16, "context": 16},
    "optimizer": {"lr": 1e-2},
    "training": {"steps": 400, "batch_size": 8, "eval_every": 100, "threads": 1},
    "checkpoint": {"every": 2},
}


def test_a_job_of_the_example_is_queued_again_and_goes_on(slurm: Cluster, project: Path) -> None:
    (project / "config.yaml").write_text(json.dumps(CONFIG))
    said = done_there(
        slurm, project, str(EXAMPLES / "slurm_train.py"), "config.yaml", "--gpus", "2"
    )
    job = said.split()[1].rstrip(":")
    folder = project / "runs" / f"slurm-{job}"
    until(lambda: any(folder.glob("checkpoints/step-*")))
    slurm.asked("scancel", "--signal=USR2", job)  # as SLURM warns a job that is to give way
    until(lambda: "Restarts=1" in slurm.asked("scontrol", "show", "job", job))
    until(lambda: "JobState=COMPLETED" in slurm.asked("scontrol", "show", "job", job))
    loss = read(folder).signals["loss"]
    assert loss.step.tolist() == list(range(1, CONFIG["training"]["steps"] + 1))
    assert (folder / "rank-1.jsonl").exists()


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        os.sched_yield()
