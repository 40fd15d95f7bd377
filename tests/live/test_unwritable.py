"""A run folder that cannot be written: refused in a line at the start, a word and no more later."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from live_diagnoses import diagnose_rise
from torch import nn

from neural_trainer.cli import main
from neural_trainer.errors import RunRefused
from neural_trainer.live import layers_writer, run_folder
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.run_folder import ALERTS_FILE, METRICS_FILE

Fail = Callable[..., Any]


def full(*given: Any, **named: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def taken_by_none(descriptor: int, data: bytes) -> int:
    return 0


def watched(model: nn.Module) -> Monitor:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return Monitor("a", model, optimizer, judge=False, sinks=[lambda step, values: None])


def hooks_of(model: nn.Module) -> int:
    return len(model._forward_hooks) + len(model._forward_pre_hooks)


@pytest.mark.parametrize("where", ["a", "a/b/c"])
def test_a_file_in_its_place(project: Path, where: str) -> None:
    Path("a").write_text("of the user")
    with pytest.raises(RunRefused, match=r"cannot be recorded in a.*expected a folder") as refused:
        Monitor(where)
    assert "\n" not in str(refused.value)
    assert Path("a").read_text() == "of the user"


@pytest.mark.parametrize("place", ["open", "mkdir"])
def test_a_folder_that_may_only_be_read(
    project: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    made = os.open if place == "open" else os.mkdir

    def refuse(path: Any, *given: Any, **named: Any) -> Any:
        if Path(path).name in ("a", METRICS_FILE):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return made(path, *given, **named)

    monkeypatch.setattr(os, place, refuse)
    with pytest.raises(RunRefused, match=r"Permission denied.*name another"):
        Monitor("a")


@pytest.mark.parametrize(
    ("module", "name", "fails"),
    [
        pytest.param(run_folder.os, "replace", full, id="run.json"),
        pytest.param(layers_writer.os, "write", taken_by_none, id="layers.bin"),
    ],
)
def test_a_disk_that_is_full_leaves_nothing_and_refuses_no_second_start(
    project: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, fails: Fail
) -> None:
    model, opened = nn.Linear(2, 2), set(os.listdir("/proc/self/fd"))
    with monkeypatch.context() as patched:
        patched.setattr(module, name, fails)
        with pytest.raises(RunRefused, match=r"(No space left|disk may be full).*make room"):
            watched(model)
    assert list(Path("a").iterdir()) == []
    assert hooks_of(model) == 0
    assert set(os.listdir("/proc/self/fd")) == opened
    with watched(model) as monitor:
        monitor.step(1.0)
    assert Path("a", METRICS_FILE).read_text().count("\n") == 1


def test_a_run_that_is_resumed_in_vain_keeps_its_files(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched(nn.Linear(2, 2)) as monitor:
        monitor.step(1.0)
    before = {path.name: path.read_bytes() for path in Path("a").iterdir()}

    def broken(*given: Any, **named: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied", "a/layers.bin")

    monkeypatch.setattr(layers_writer.LayersWriter, "_recall", broken)
    with pytest.raises(RunRefused, match=r"a/layers.bin: Permission denied"):
        Monitor("a", nn.Linear(2, 2), judge=False, resume=True)
    assert {path.name: path.read_bytes() for path in Path("a").iterdir()} == before


def test_alarms_that_cannot_be_written_later_end_the_judging_with_a_word(
    project: Path, judged_by: Callable[[Any], None]
) -> None:
    judged_by(diagnose_rise)
    with Monitor("a") as monitor:
        Path("a", ALERTS_FILE).mkdir()
        with pytest.warns(RuntimeWarning, match="judging stopped at step 1: IsADirectoryError"):
            monitor.step(math.inf)
        monitor.step(1.0)
    assert Path("a", METRICS_FILE).read_text().count("\n") == 2


def test_train_says_it_in_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("taken").write_text("of the user")
    Path("train.yaml").write_text(
        "model: {name: image_classifier}\noptimizer: {name: sgd, lr: 0.1}\n"
        "training: {steps: 1, batch_size: 2}\nrun: {folder: taken}\n"
    )
    assert main(["train", "train.yaml"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert "the run cannot be recorded in taken" in told[-1]
