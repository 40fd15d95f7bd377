"""A last line without an end: its whole values are read, a number that may be cut off never is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cut_off import assert_part
from sound import read_soundly

from neural_trainer.runs.read import read_all
from neural_trainer.runs.torn_line import last_line

PART = "its last value may be torn and is left out"
OUT = "may be torn: it is left out"


def lines(form: str, num: int = 8) -> str:
    """Return lines of a form with a step, a loss and a score that never end in zero by chance."""
    return "".join(
        form.format(i=i, loss=2.0 / i + 0.0371, score=0.5 + 0.0173 * i, end=10 - i)
        for i in range(1, num + 1)
    )


def bar(i: int) -> str:
    """Return a progress bar that writes over itself."""
    return f"\r{10 * i:3}%|{'█' * i:10}| {i}/10 [00:0{i}<00:0{9 - i}, 1.0it/s, loss={2 / i:.5f}]"


KERAS = "Epoch {i}/9\n9/9 [====] - {i}s - loss: {loss:.4f} - acc: {score:.4f}\n"
LOGS = {
    "commas": lines("iter:{i}, acc:{score!r}, loss:{loss!r},\n"),
    "bars": "".join(map(bar, range(1, 9))) + "\n",
    "units": lines("step {i} | loss {loss:.4f} | gpu_mem: {score:.2f}GB | 1{i}.5k tok/s\n"),
    "exponents": lines("step {i} | loss: {loss:.3e} | lr: {score:.2e}\n"),
    "thousands": lines("step {i},000 | loss: {loss:.4f} | reward: 1{i},2{i}4.5\n"),
    "negative": lines("step {i} | reward: -{score:.4f} | loss: -{loss:.4f}\n"),
    "no-numbers": lines("step {i} | loss: {loss:.4f} | acc: nan\n"),
    "step-last": lines("loss: {loss:.4f} acc: {score:.4f} step: {i}00\n"),
    "dictionaries": lines("{{'loss': {loss!r}, 'grad_norm': {score!r}, 'epoch': 0.{i}}}\n"),
    "two-counters": lines("Epoch [{i}/10] Iter [{i}0/100] loss: {loss:.4f} ({score:.4f})\n"),
    "evaluation": lines("step {i}: loss {loss:.4f}\nstep {i}: val loss {score:.4f}, acc 0.5{i}\n"),
    "table": "epoch  train_loss  valid_loss\n" + lines("{i}  {loss:.6f}  {score:.6f}\n"),
    "bar-table": "| Step | Training Loss | Validation Loss |\n|---|---|---|\n"
    + lines("| {i}00 | {loss:.6f} | {score:.6f} |\n"),
    "keras": lines(KERAS),
    "rounds": lines("[{i}]\ttrain-rmse:{loss:.5f}\teval-rmse:{score:.5f}\n"),
    "boxes": lines(
        "-----\n| train/   |   |\n|    loss  | {loss:.4f} |\n| total_timesteps | {i} |\n-----\n"
    ),
    "csv": "step,loss,acc\n" + lines("{i},{loss!r},{score!r}\n"),
    "csv-fixed": "step,loss,acc\n" + lines("{i},{loss:.4f},{score:.4f}\n"),
    "csv-quoted": 'step,loss,acc\n' + lines('"{i}","{loss!r}","{score!r}"\n'),
    "csv-step-last": "loss,acc,step\n" + lines("{loss!r},{score!r},{i}00\n"),
    "csv-clock-last": "step,loss,timestamp\n" + lines("{i},{loss!r},17000000{i}0.25\n"),
    "csv-units": "epoch,mem,loss\n" + lines("{i},1.{i}G,{loss!r}\n"),
    "spaces": "step loss acc\n" + lines("{i} {loss!r} {score!r}\n"),
    "two-columns": lines("{i},{loss!r}\n"),
}  # fmt: skip


@pytest.mark.parametrize("text", LOGS.values(), ids=LOGS)
def test_no_value_that_is_not_in_the_whole(text: str, tmp_path: Path) -> None:
    data, path = text.encode(), tmp_path / "train.log"
    path.write_bytes(data)
    whole = read_all(path)
    assert whole[0].notes == () or "header" in whole[0].notes[0]
    for size in range(len(data) - 1, 0, -1):
        os.truncate(path, size)
        assert_part(read_soundly(path), whole)


EPOCH = LOGS["keras"] + "Epoch 9/9\n"
BOX = "-----\n| train/   |   |\n|    loss  | 0.25 |\n| total_timesteps | 9 |\n"
# What the last line is without its end; which of its values are read; what is said of it.
SHOWN = {
    "comma": (LOGS["commas"], "iter:9, acc:0.25, loss:", {"accuracy": 0.25}, PART),
    "cut-number": (LOGS["commas"], "iter:9, acc:0.25, loss:1.2", {"accuracy": 0.25}, PART),
    "cut-counter": (LOGS["commas"], "iter:9", {}, OUT),
    "unlike": (LOGS["commas"], "total 9 of 0.25 done", {}, OUT),
    "unit": (LOGS["units"], "step 9 | loss 0.3 | gpu_mem: 0.70GB | 1", {"memory_bytes": 7e8}, PART),
    "cut-unit": (LOGS["units"], "step 9 | loss 0.3 | gpu_mem: 0.70", {"loss": 0.3}, PART),
    "fixed": (LOGS["negative"], "step 9 | reward: -0.1 | loss: -0.2345", {"loss": -0.2345}, ""),
    "not-fixed": (LOGS["negative"], "step 9 | reward: -0.1 | loss: -0.23", {"reward": -0.1}, PART),
    "keras": (EPOCH, "9/9 [====] - 1s - loss: 0.125 - acc", {"loss": 0.125}, PART),
    "keras-fixed": (EPOCH, "9/9 [====] - 1s - loss: 0.1 - acc: 0.8765", {"accuracy": 0.8765}, ""),
    "table": (LOGS["table"], "9  0.25  0.1", {"loss": 0.25}, PART),
    "bar-table": (LOGS["bar-table"], "| 900 | 0.25 | 0.5 |", {"eval/loss": 0.5}, ""),
    "round": (LOGS["rounds"], "[9]\ttrain-rmse:0.25\teval-rmse:0.1", {"loss": 0.25}, PART),
    "round-fixed": (LOGS["rounds"], "[9]\ttrain-rmse:1\teval-rmse:0.12345", {"eval/loss": 0.12345}, ""),  # noqa: E501
    "box": (LOGS["boxes"] + BOX, "---", {"loss": 0.25}, ""),
    "cells": (LOGS["csv"], "9,0.25,0.1", {"loss": 0.25}, PART),
    "cells-fixed": (LOGS["csv-fixed"], "9,0.25,0.1234", {"accuracy": 0.1234}, ""),
    "cells-quoted": (LOGS["csv-quoted"], '"9","0.25","0.125"', {"accuracy": 0.125}, ""),
    "cells-open": (LOGS["csv-quoted"], '"9","0.25","0.1', {}, OUT),
    "cells-counter": (LOGS["csv-step-last"], "0.25,0.125,9", {}, OUT),
    "cells-clock": (LOGS["csv-clock-last"], "9,0.25,1700000", {}, OUT),
    "cells-words": (LOGS["spaces"], "9 files written", {}, OUT),
    "words-in-cells": (LOGS["csv"], "done,9,0.25", {}, OUT),
}  # fmt: skip


@pytest.mark.parametrize(("text", "last", "values", "said"), SHOWN.values(), ids=SHOWN)
def test_what_is_read_of_it(
    text: str, last: str, values: dict[str, float], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "train.log"
    path.write_text(text)
    (before,) = read_all(path)
    path.write_text(text + last)
    (run,) = read_all(path)
    assert [note for note in run.notes if "end" in note] == [
        note for note in run.notes if said and note.endswith(said)
    ]
    assert len(run.notes) - len(before.notes) == bool(said)
    for name, value in values.items():
        assert run.signals[name].value[-1] == pytest.approx(value, rel=1e-12)
        assert len(run.signals[name]) == len(before.signals[name]) + 1
    if not values:
        assert {n: len(s) for n, s in run.signals.items()} == {
            n: len(s) for n, s in before.signals.items()
        }


def test_decimals_that_only_happen_to_agree(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "step,loss,acc\n" + "".join(f"{i},1.{i}5,0.5\n" for i in range(9)) + "9,1.25,0.5"
    )
    (run,) = read_all(path)
    assert run.signals["accuracy"].step[-1] == 8  # 0.5 may go on


def test_a_file_that_grew_in_the_meantime(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text(LOGS["commas"] + "iter:9, acc:0.25, loss:1.2")
    assert last_line(path, "iter:9, acc:0.25, loss:1.") is None
    last = last_line(path, "iter:9, acc:0.25, loss:1.2")
    assert last is not None
    assert last.num_whole == 2


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    text = LOGS["commas"] * 400 + "iter:9, acc:0.25, loss:1.2"
    path.write_bytes("\ufeff".encode(codec) + text.encode(codec))
    assert path.stat().st_size > 1 << 17
    runs = read_all(path)
    assert runs[-1].signals["accuracy"].value[-1] == 0.25
