"""Trains one model on all processes of a SLURM job: python examples/slurm_train.py CONFIG.yaml

Needs `pip install 'neural-trainer[train,slurm]'`. One process a GPU: --nodes 2 --gpus 8. A job that
is preempted or out of time is queued again and goes on from its last checkpoint. --local N starts N
processes on this machine instead, without a cluster.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import submitit


class Training:
    """What each process of a job does; submitit pickles it."""

    def __init__(self, config: Path, changes: list[str]) -> None:
        """Keep what is to be trained, wherever the job runs."""
        self.config, self.changes = config.absolute(), changes

    def __call__(self) -> str:
        """Train, from the last checkpoint where the job was queued again; return the run folder."""
        from neural_trainer.cli import main

        submitit.helpers.TorchDistributedEnvironment().export(set_cuda_visible_devices=False)
        job = submitit.JobEnvironment()
        if job.num_nodes == 1:
            os.environ["MASTER_ADDR"] = "127.0.0.1"
        name = f"slurm-{job.job_id}"  # the same when it is queued again
        folder = Path("runs", name)
        words = ["train", str(self.config), "--set", f"run.name={name}", *self.changes]
        if any(folder.glob("checkpoints/step-*")):
            words += ["--resume", str(folder)]
        if main(words) != 0:
            raise RuntimeError("the training has failed; its last line says of what")
        return str(folder)

    def checkpoint(self) -> submitit.helpers.DelayedSubmission:
        """Say what is queued when the job must give way: the same, which then resumes."""
        return submitit.helpers.DelayedSubmission(self)


def main() -> None:
    """Submit the job and say how to follow it; a local one is waited for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", dest="changes")
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--gpus", type=int, default=1, help="of each node, a process for each")
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--partition")
    parser.add_argument("--local", type=int, metavar="N", help="so many processes, no cluster")
    asked = parser.parse_args()
    logs = Path("runs", "slurm", "%j")
    if asked.local:
        executor = submitit.LocalExecutor(folder=logs)
        executor.update_parameters(tasks_per_node=asked.local, timeout_min=asked.minutes)
    else:
        executor = submitit.AutoExecutor(folder=logs)
        executor.update_parameters(
            nodes=asked.nodes, tasks_per_node=asked.gpus, gpus_per_node=asked.gpus,
            timeout_min=asked.minutes, slurm_partition=asked.partition, name="neural-trainer",
        )  # fmt: skip
    job = executor.submit(Training(asked.config, asked.changes))
    print(f"job {job.job_id}: it says what it does in {job.paths.stderr}")
    if asked.local:
        print(job.results()[0])


if __name__ == "__main__":
    main()
