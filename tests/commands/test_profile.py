"""The verb profile: the bar, budgets of latency, JSON, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import torch

from neural_trainer.cli import main
from neural_trainer.render.profile_text import MARKS, bar

CASES = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from neural_trainer.layers.case import Case


def make():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
    data = TensorDataset(torch.randn(64, 8), torch.arange(64) % 2)
    loss = lambda m, b: nn.functional.cross_entropy(m(b[0]), b[1])
    return Case(model, loss, DataLoader(data, 16))


def hangs():
    while True:
        pass


def breaks():
    case = make()
    return Case(case.model, lambda m, b: m(b), case.train_batches)
"""


@pytest.fixture(autouse=True)
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "profile_cases.py").write_text(CASES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def call(*options: str, name: str = "make") -> int:
    return main(["profile", f"profile_cases:{name}", "--steps", "4", *options])


@pytest.mark.parametrize("options", [(), ("--inference",)], ids=["training", "inference"])
def test_text_fits_80_columns(capsys: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
    assert call(*options) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1].startswith("Next: neural-trainer profile profile_cases:make")
    assert lines[-1].endswith("--apply")
    drawn = next(line for line in lines if set(line) <= set(MARKS.values()) and line)
    assert len(drawn) == 79


def test_the_bar_is_as_wide_as_the_shares() -> None:
    drawn = bar({"data": 3.0, "forward": 0.0, "backward": 1.0, "optimizer": 6.0}, 40)
    assert [drawn.count(mark) for mark in MARKS.values()] == [12, 0, 4, 24]
    assert bar({"data": 0.0, "forward": 0.0}, 40) == ""


def test_variants_are_tried(capsys: pytest.CaptureFixture[str]) -> None:
    """All but compile, of a case on which that would touch most: its own test is slow."""
    module = import_module("neural_trainer.inspect.profile.variants")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LEAST_SHARE", 0.0)
        patch.setattr("torch.compile", lambda model: model)
        assert call("--apply", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "neural-trainer/profile/1"
    gains = {gain["name"]: gain for gain in told["applied"]["gains"]}
    assert {"bf16", "fused", "batch size", "compile"} <= set(gains)
    for gain in gains.values():
        assert 0 < gain["least"] <= gain["ratio"] <= gain["greatest"]
    assert told["applied"]["failed"] == {}
    assert abs(gains["fused"]["loss_change"]) < 1e-6


@pytest.mark.slow
def test_compile_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--inference", "--apply", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    names = [gain["name"] for gain in told["applied"]["gains"]]
    assert "compile" in {*names, *told["applied"]["failed"]}
    assert "compile" in names or "ompile" in told["applied"]["failed"]["compile"]


BUDGETS = {"kept": ("60000", 0), "failed": ("0.000001", 3)}


@pytest.mark.parametrize(("most", "code"), BUDGETS.values(), ids=BUDGETS)
def test_latency_budget(capsys: pytest.CaptureFixture[str], most: str, code: int) -> None:
    assert call("--inference", "--batch-size", "1", "--max-latency-ms", most) == code
    out = capsys.readouterr().out
    assert ("FAILED" in out) is (code == 3)
    assert "batches of 1" in out


REFUSED = {
    "budget-of-a-step": (("--max-latency-ms", "5"), "expected --inference"),
    "no-samples": (("--inference", "--batch-size", "0"), "expected 1 or more"),
    "no-folder": (("--trace", "nowhere/trace.json"), "no such folder"),
}


@pytest.mark.parametrize(("options", "said"), REFUSED.values(), ids=REFUSED)
def test_refused(capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str) -> None:
    assert call(*options) == 1
    assert said in capsys.readouterr().err


def test_a_loss_that_raises_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(name="breaks") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert "raised TypeError" in told.err


def test_a_factory_that_hangs_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--time-limit", "0.1", name="hangs") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert "had not returned after 0.1 s" in told.err
