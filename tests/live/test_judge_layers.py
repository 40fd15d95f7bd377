"""What the layers of a run show is judged while it trains, as it is judged afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from neural_trainer.errors import MissingPackage
from neural_trainer.live import monitor as monitor_module
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.run_folder import ALERTS_FILE
from neural_trainer.runs.read import read
from neural_trainer.symptoms import look


def train(folder: str, bias: float) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1)
    )
    with torch.no_grad():
        model[2].bias.fill_(bias)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    with Monitor(folder, model, optimizer, every=5) as monitor:
        for _ in range(120):
            inputs = torch.randn(32, 8)
            optimizer.zero_grad()
            loss = (model(inputs) - inputs[:, :1]).square().mean()
            loss.backward()
            optimizer.step()
            monitor.step(loss, samples=32)


@pytest.mark.parametrize(("bias", "dead"), [(-60.0, True), (0.0, False)], ids=["dead", "sound"])
def test_units_that_died_are_alarmed_while_the_run_goes_on(
    project: Path, bias: float, dead: bool
) -> None:
    train("a", bias)
    seen = {finding.symptom for finding in look(read("a")).found}
    assert ("units-dead" in seen) is dead
    path = Path("a", ALERTS_FILE)
    alarms = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    raised = [alarm for alarm in alarms if alarm["symptom"] == "units-dead"]
    assert bool(raised) is dead
    assert all(alarm["step"] < 120 for alarm in raised[:1])


def test_a_sink_that_cannot_be_opened_leaves_the_folder_free(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**init: object) -> None:
        raise MissingPackage("wandb", "Monitor(wandb=True)", "wandb")

    monkeypatch.setattr(monitor_module, "wandb_sink", refuse)
    with pytest.raises(MissingPackage):
        Monitor("a", wandb=True)
    Monitor("a").close()
