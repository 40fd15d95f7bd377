"""The example of a SLURM job, by submitit's local executor: two processes, one training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from library_python import run_there

from neural_trainer.runs.read import read
from neural_trainer.training.config_file import build_config
from neural_trainer.training.trainer import train

EXAMPLES = Path(__file__).parents[2] / "examples"
NEEDS = ("torch", "safetensors", "submitit")
TREE = {
    "model": {"num_layers": 1, "num_heads": 2, "width": 16, "context": 16},
    "optimizer": {"lr": 1e-2},
    "training": {"steps": 6, "batch_size": 8, "eval_every": 3, "threads": 1},
    "checkpoint": {"every": 2},
}


# The job is told to give way in its fifth step, once, as SLURM would tell it.
CASE = """
import dataclasses, os, signal
from pathlib import Path
import torch
from neural_trainer.training.char_gpt import make_case as example
from neural_trainer.training.config_file import build_config

def make_case():
    config = build_config({tree!r})
    case = example(config.model, config.training)
    steps = []
    def loss_fn(model, batch):
        steps.append(torch.is_grad_enabled())
        if sum(steps) == 5 and os.environ["RANK"] == "0" and not Path("told").exists():
            Path("told").touch()
            os.kill(os.getpid(), signal.SIGUSR2)
        return case.loss_fn(model, batch)
    return dataclasses.replace(case, loss_fn=loss_fn)
"""


@pytest.mark.slow
def test_two_processes_of_a_job_train_as_one_and_go_on_when_queued_again(project: Path) -> None:
    (project / "gives_way.py").write_text(CASE.format(tree=TREE))
    job = {**TREE, "case": "gives_way:make_case"}
    del job["model"]
    (project / "config.yaml").write_text(json.dumps(job))
    words = ("config.yaml", "--local", "2", "--set", "training.distributed=fsdp")
    said = run_there(EXAMPLES / "slurm_train.py", project, *words, needs=NEEDS)
    folder = Path(said.splitlines()[-1])
    assert folder.name.startswith("slurm-")
    assert Path("told").exists()
    assert (folder / "rank-1.jsonl").exists()
    alone, found = read(train(build_config(TREE), Path("alone"))), read(folder)
    for name in ("loss", "eval/loss"):
        assert found.signals[name].step.tolist() == alone.signals[name].step.tolist()
        assert found.signals[name].value == pytest.approx(alone.signals[name].value, abs=2e-5)
