"""The reference trainer under launch: killed at random steps, its losses are those without."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

import pytest
from recording import Records, Starts

from neural_trainer.cli import main
from neural_trainer.runs.read import read

pytestmark = [pytest.mark.faults, pytest.mark.slow]

NUM_STEPS = 40
# A step begins at a byte of the pipe "go", where there is one, and says so.
CASE = """
import os
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from neural_trainer.layers.case import Case

paced = os.path.exists("go")
go, done = (os.open("go", os.O_RDONLY), os.open("done", os.O_WRONLY)) if paced else (0, 0)

def loss_fn(model, batch):
    if paced and torch.is_grad_enabled():
        os.read(go, 1)
        os.write(done, b".")
    return nn.functional.cross_entropy(model(batch[0]), batch[1])

def make_case():
    features = torch.randn(64, 5, generator=torch.Generator().manual_seed(0))
    data = TensorDataset(features, (features.sum(1) > 0).long())
    model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
    batches, held_out = DataLoader(data, 8, shuffle=True), DataLoader(data, 64)
    return Case(model, loss_fn, batches, eval_batches=held_out)
"""
CONFIG = f"""
case: run:make_case
optimizer: {{lr: 0.01}}
training: {{steps: {NUM_STEPS}, eval_every: 10, threads: 1}}
checkpoint: {{every: 2}}
"""


def test_it_goes_on_from_its_checkpoint_as_if_nothing_had_been(
    starts: Starts, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = random.Random(5)
    (tmp_path / "train.yaml").write_text(CONFIG)
    launch = starts(
        CASE,
        *(
            "--run",
            "runs/run",
            "--restarts",
            "2",
            "--backoff",
            "0",
            "--restart-with",
            "--resume {checkpoint}",
        ),
        command=[sys.executable, "-m", "neural_trainer", "train", "train.yaml"],
    )
    killed_in = [moments.randint(5, 15), moments.randint(16, 30)]
    begun, kept = 0, 0
    for number, step in enumerate(killed_in, start=1):
        launch.take(step - kept)
        os.kill(launch.child(), signal.SIGKILL)
        launch.until(f"restart {number} of 2")
        begun, kept = step, newest(launch.folder)
        # What was under way when it was killed is what is lost, at most.
        assert begun - 3 <= kept < begun
    launch.take(NUM_STEPS - kept)
    assert launch.end() == 0
    summary = launch.summary()
    assert [attempt["crash"] for attempt in summary["attempts"]] == ["killed", "killed", None]
    assert summary["ended"] == "it completed"

    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "run.py").write_text(CASE)
    (whole / "train.yaml").write_text(CONFIG)
    monkeypatch.chdir(whole)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "run", raising=False)
    assert main(["train", "train.yaml"]) == 0
    sys.modules.pop("run")
    expected, found = read(whole / "runs" / "train"), read(launch.folder)
    assert expected.signals["loss"].step.tolist() == list(range(1, NUM_STEPS + 1))
    for name in ("loss", "eval/loss", "grad_norm", "lr"):
        assert found.signals[name].step.tolist() == expected.signals[name].step.tolist()
        assert found.signals[name].value.tolist() == expected.signals[name].value.tolist()
    records(
        "kill -9 of neural-trainer train, with --restart-with '--resume {checkpoint}'",
        "the steps since its last checkpoint, which are taken again: the losses are those of a run "
        "that was not killed",
        next(line for line in launch.printed.splitlines() if "restart 1 of 2" in line),
    )


def newest(folder: Path) -> int:
    """Return the step of the newest checkpoint."""
    return max(int(path.name.split("-")[1]) for path in folder.glob("checkpoints/step-*"))
