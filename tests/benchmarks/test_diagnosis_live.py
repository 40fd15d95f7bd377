"""Tools that watch a training script see its steps, and what they say is kept by what ran."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import diagnosis
import diagnosis_live
import pytest
import torch
from diagnosis_answers import run_of
from torch.nn import functional

SCRIPT = """
import argparse
import torch
from torch import nn
from torch.nn import functional as F
from neural_trainer.live.monitor import Monitor

parser = argparse.ArgumentParser()
parser.add_argument("--out")
parser.add_argument("--seed", type=int)
torch.manual_seed(parser.parse_args().seed)
model = nn.Linear(3, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
with Monitor("out", model, optimizer, {"lr": 0.1}, activations=True, judge=False) as monitor:
    for _ in range(3):
        inputs, targets = torch.ones(4, 3), torch.zeros(4, dtype=torch.long)
        loss = F.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=0.5)
    monitor.evaluate(loss=0.5)
print("score: 1")
"""


class _Counting(diagnosis_live.Watch):
    def attach(self, model: Any, optimizers: list[Any]) -> None:
        self.given, self.losses = (model, optimizers), list[float]()

    def step(self, loss: float) -> None:
        self.losses.append(loss)

    def told(self) -> dict[str, Any]:
        return {"alarms": True, "said": ["so"], "bytes": 2}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(SCRIPT)
    return path


def test_a_tool_sees_the_steps_of_a_script(script: Path, tmp_path: Path) -> None:
    watch, before = _Counting(), sys.modules.get("neural_trainer.live.monitor")
    told = diagnosis_live.run(watch, script, str(tmp_path), "0")
    assert told == {"alarms": True, "said": ["so"], "bytes": 2, "error": ""}
    assert len(watch.losses) == 3
    assert isinstance(watch.given[0], torch.nn.Linear)
    assert len(watch.given[1]) == 1
    assert sys.modules.get("neural_trainer.live.monitor") is before


def test_a_script_that_breaks_under_a_tool_is_silence(script: Path, tmp_path: Path) -> None:
    script.write_text(SCRIPT + "raise KeyError('lost')\n")
    told = diagnosis_live.run(_Counting(), script, str(tmp_path), "0")
    assert (told["alarms"], told["error"]) == (False, "KeyError: 'lost'")


def test_torchtest2_gets_the_batch_and_the_loss_before_the_first_step_back(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    def check_model(model: Any, inputs: Any, targets: Any, **more: Any) -> SimpleNamespace:
        given.update(more, model=model, inputs=inputs, targets=targets)
        return SimpleNamespace(failures=[SimpleNamespace(message="bad")], warnings=[])

    tool = ModuleType("torchtest2")
    tool.__dict__["check_model"] = check_model
    monkeypatch.setitem(sys.modules, tool.__name__, tool)
    backward, cross_entropy = torch.Tensor.backward, functional.cross_entropy
    told = diagnosis_live.run(diagnosis_live.TorchTest2(), script, str(tmp_path), "0")
    assert (told["alarms"], told["said"], told["error"]) == (True, ["bad"], "")
    torch.testing.assert_close(given["inputs"], torch.ones(4, 3))
    outputs = torch.randn(4, 2, generator=torch.Generator().manual_seed(0))
    expected = functional.cross_entropy(outputs, given["targets"])
    torch.testing.assert_close(given["loss_fn"](outputs, given["targets"]), expected)
    assert given["model"].weight.grad is None
    assert torch.Tensor.backward is backward
    assert functional.cross_entropy is cross_entropy


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda output: output, id="the_output"),
        pytest.param(lambda output: output.reshape(-1, 5), id="flattened"),
        pytest.param(lambda output: output.transpose(1, 2), id="classes_second"),
        pytest.param(lambda output: output[:, :-1].reshape(-1, 5), id="but_for_the_last_token"),
        pytest.param(lambda output: output.softmax(-1), id="softmax"),
    ],
)
def test_what_lies_between_output_and_loss_is_seen(made: Any) -> None:
    generator = torch.Generator().manual_seed(0)
    output, other = (torch.randn(2, 4, 5, generator=generator) for _ in range(2))
    between = diagnosis_live.way(output, made(output))
    assert between is not None
    torch.testing.assert_close(between(other), made(other))


def test_what_is_not_seen_between_output_and_loss_is_not_guessed() -> None:
    assert diagnosis_live.way(torch.ones(2, 3), torch.zeros(2, 3)) is None
    assert diagnosis_live.way((torch.ones(2),), torch.ones(2)) is None


def test_live_answers_are_kept_by_what_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "program.py").write_text(SCRIPT)
    monkeypatch.setattr(diagnosis, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(diagnosis, "PEERS", Path(sys.executable))
    told = json.dumps({"alarms": True, "said": ["Dead units in 1"], "bytes": 9, "error": ""})
    ran = diagnosis.Ran(run_of("family", "plain", 0, "healthy", ["healthy"]), tmp_path, 1.0)
    commands = []

    def run(command: list[Any], **_: Any) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(stdout=f"noise\n{told}\n")

    monkeypatch.setattr(diagnosis.subprocess, "run", run)
    first, second = (diagnosis.watched("torchmortem", ran) for _ in range(2))
    assert (first, len(commands)) == (second, 1)
    assert first.named == (("relus-dead",),)
    (tmp_path / "program.py").write_text(SCRIPT + "\n")
    diagnosis.watched("torchmortem", ran)
    assert len(commands) == 2
