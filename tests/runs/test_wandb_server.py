"""Runs by wandb:ENTITY/PROJECT/RUN, against a stand-in of the package's public API."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from neural_trainer.errors import MissingPackage, ReadError
from neural_trainer.runs import wandb_server
from neural_trainer.runs.read import read, read_all


class _Error(Exception):
    pass


def _run(name: str, rows: int = 10) -> Any:
    def scan_history() -> Iterator[dict[str, Any]]:
        for i in range(rows):
            row = {"_step": i, "train/loss": 1 / (i + 1), "_timestamp": 1.7e9 + i, "text": "a"}
            row |= {"eval/loss": 2.0 if i % 5 == 0 else None, "parts": {"a": i}}
            yield row

    path = ["me", "mine", name]
    config = {"lr": 0.1, "_wandb": {}}
    return SimpleNamespace(name=name, path=path, config=config, scan_history=scan_history)


class _Api:
    def run(self, path: str) -> Any:
        if path.endswith("missing"):
            raise _Error("Could not find run\n<Run me/mine/missing>")
        return _run(path.rpartition("/")[2], rows=0 if path.endswith("empty") else 10)

    def runs(self, path: str) -> Iterator[Any]:
        assert path == "me/mine"
        return (_run(f"r{i}") for i in range(5))


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("wandb")
    module.__dict__.update(Api=_Api, Error=_Error)
    monkeypatch.setitem(sys.modules, "wandb", module)


@pytest.mark.usefixtures("wandb")
@pytest.mark.parametrize(
    "address", ["wandb:me/mine/a1", "wandb:me/mine/runs/a1", "wandb://me/mine/a1"]
)
def test_run(address: str) -> None:
    run = read(address)
    assert (run.name, run.source, run.format) == ("a1", "wandb:me/mine/a1", "wandb-server")
    assert run.config == {"lr": 0.1}
    assert run.signals["loss"].value.tolist() == [1 / (i + 1) for i in range(10)]
    assert run.signals["eval/loss"].step.tolist() == [0, 5]
    assert "parts/a" in run.signals


@pytest.mark.usefixtures("wandb")
def test_project(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [run.name for run in read_all("wandb:me/mine")] == ["r0", "r1", "r2", "r3", "r4"]
    monkeypatch.setattr(wandb_server, "_MOST_RUNS", 2)
    runs = read_all("wandb:me/mine")
    assert len(runs) == 2
    assert "left out" in runs[0].notes[0]


@pytest.mark.usefixtures("wandb")
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("wandb:me/mine/missing", "Could not find run"),
        ("wandb:me/mine/empty", "no row of history"),
        ("wandb:mine", "expected wandb:ENTITY/PROJECT/RUN"),
    ],
)
def test_refused(address: str, why: str) -> None:
    with pytest.raises(ReadError, match=why) as caught:
        read_all(address)
    assert "\n" not in str(caught.value)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(MissingPackage, match="wandb"):
        read_all("wandb:me/mine/a1")
