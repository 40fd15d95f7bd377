"""What becomes of a watched model that is copied or saved whole."""

from __future__ import annotations

import copy
import io
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from neural_trainer.layers.hooks import Hook
from neural_trainer.live.monitor import Monitor

LOADED = """
import sys, torch
model = torch.load("model.pt", weights_only=False)
assert model(torch.ones(2, 4)).shape == (2, 3)
assert not any(name.startswith("neural_trainer") for name in sys.modules)
"""


def test_a_hook_calls_and_a_copy_of_it_does_nothing() -> None:
    calls: list[tuple[object, ...]] = []
    model = nn.Linear(4, 3)
    model.register_forward_hook(Hook(lambda *given: calls.append(given)))
    copied = copy.deepcopy(model)
    copied(torch.ones(2, 4))
    assert not calls
    model(torch.ones(2, 4))
    assert len(calls) == 1


@pytest.mark.parametrize("activations", [False, True])
def test_a_watched_model_is_saved_whole_and_loads_without_this_package(
    activations: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3))
    optimizer = torch.optim.AdamW(model.parameters())
    with Monitor("a", model, optimizer, judge=False, activations=activations):
        torch.save(model, "model.pt")
        torch.save(copy.deepcopy(model), io.BytesIO())
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
