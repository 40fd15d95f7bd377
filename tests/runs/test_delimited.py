"""Tables: every dialect met in real logs, missing against NaN, headers that say little."""

from __future__ import annotations

import csv
import importlib
import math
from pathlib import Path

import numpy as np
import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs import arrow
from neural_trainer.runs.read import read, read_all


@pytest.fixture(params=["numpy", "pyarrow"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every table read as a small one is, and as a large one."""
    if request.param == "pyarrow":
        importlib.import_module("pyarrow.csv")
        monkeypatch.setattr(arrow, "LARGE", 0)


# name: file name, text, axis, {signal: (steps, values)}
WRITTEN: dict[str, tuple[str, str, str, dict[str, tuple[list[float], list[float]]]]] = {
    "lightning-sparse": (
        "metrics.csv",
        "epoch,step,train_loss,val_loss\n0,9,1.5,\n0,19,1.25,\n0,19,,1.75\n1,29,1.0,\n",
        "step",
        {"loss": ([9, 19, 29], [1.5, 1.25, 1.0]), "eval/loss": ([19], [1.75])},
    ),
    "keras-index": (
        "history.csv",
        ",loss,val_loss,val_accuracy\r\r\n0,2.0,2.5,0.25\r\r\n1,1.5,2.25,0.5\r\r\n",
        "epoch",
        {"loss": ([0, 1], [2.0, 1.5]), "eval/accuracy": ([0, 1], [0.25, 0.5])},
    ),
    "fastai": (
        "history.csv",
        "epoch,train_loss,valid_loss,accuracy,time\n0,0.8,0.5,0.9,04:39\n1,0.6,0.4,0.8,04:36\n",
        "epoch",
        {"loss": ([0, 1], [0.8, 0.6]), "eval/accuracy": ([0, 1], [0.9, 0.8])},
    ),
    "padded": (
        "results.csv",
        "   epoch,  train/box_loss,   val/box_loss\n       0,        0.5,         0.25\n",
        "epoch",
        {"loss/box": ([0], [0.5]), "eval/loss/box": ([0], [0.25])},
    ),
    "yolo-without-header": (
        "results.txt",
        "  0/2  6.29G  0.5 1.25 0.125 1.875 17 640 0.5 0.5 0.005 0.001 0.03 0.25 0.01\n"
        "  1/2  6.86G  0.25 0.5 0.125 0.875 22 640 0.5 0.5 0.005 0.001 0.02 0.25 0.01\n",
        "epoch",
        {
            "loss": ([0, 1], [1.875, 0.875]),
            "memory_bytes": ([0, 1], [6.29e9, 6.86e9]),
            "eval/loss/box": ([0, 1], [0.03, 0.02]),
        },
    ),
    "monitor": (
        "monitor.csv",
        '#{"t_start": 1.5, "env_id": "Lander"}\nr,l,t\n-98.5,110,2.5\n-109.5,126,2.75\n',
        "episode",
        {"reward": ([0, 1], [-98.5, -109.5]), "episode_length": ([0, 1], [110, 126])},
    ),
    "spinning-up": (
        "progress.txt",
        "Epoch\tAverageEpRet\tTotalEnvInteracts\tLossPi\n0\t-78.5\t100\t0.5\n1\t-77.5\t200\t0.25\n",
        "timestep",
        {"reward": ([100, 200], [-78.5, -77.5]), "loss/pi": ([100, 200], [0.5, 0.25])},
    ),
    "clock-times": (
        "loss.tsv",
        "EPOCH\tTIMESTAMP\tTRAIN_LOSS\tDEV_LOSS\n0\t07:32:31\t0.5\t1.25\n1\t07:42:17\t0.25\t1.5\n",
        "epoch",
        {"loss": ([0, 1], [0.5, 0.25]), "eval/loss": ([0, 1], [1.25, 1.5])},
    ),
    "quoted-cells": (
        "progress.csv",
        'training_iteration,config,episode_reward_mean\n1,"{\'a\': 1, \'b\': ""x""}",nan\n'
        '2,"{\'a\': 1, \'b\': ""x""}",-20.5\n',
        "iteration",
        {"reward": ([1, 2], [math.nan, -20.5])},
    ),
    "semicolons": (
        "log.csv",
        "step;loss\n1;0.5\n2;0.25\n",
        "step",
        {"loss": ([1, 2], [0.5, 0.25])},
    ),
    "spaces": (
        "out.txt",
        "step   loss\n1   0.5\n2   nan\n",
        "step",
        {"loss": ([1, 2], [0.5, math.nan])},
    ),
    "commented-header": (
        "out.dat",
        "# step loss\n1 0.5\n2 0.25\n",
        "step",
        {"loss": ([1, 2], [0.5, 0.25])},
    ),
    "groups-in-a-comment": (
        "loss.dat",
        "# step, loss_train, loss_test, metrics_test\n"
        "0.0e+00 5.0e-01 2.5e-01 1.0e+00 2.0e+00 9.0e-01\n"
        "1.0e+03 2.5e-01 1.25e-01 5.0e-01 1.0e+00 8.0e-01\n",
        "step",
        {
            "loss": ([0, 1000], [0.75, 0.375]),
            "loss/0": ([0, 1000], [0.5, 0.25]),
            "test/loss": ([0, 1000], [3.0, 1.5]),
            "test/loss/1": ([0, 1000], [2.0, 1.0]),
            "metrics_test/0": ([0, 1000], [0.9, 0.8]),
        },
    ),
    "one-column": ("loss.csv", "loss\n0.5\n0.25\n", "row", {"loss": ([0, 1], [0.5, 0.25])}),
    "tensorboard-download": (
        "run-Adam-tag-batch_loss.csv",
        "Wall time,Step,Value\n1626251749.5,173,0.5\n1626251752.5,245,NaN\n",
        "step",
        {"loss": ([173, 245], [0.5, math.nan])},
    ),
    "not-available": (
        "log.csv",
        "step,loss,fid\n1,N/A,3.5\n2,0.5,None\n3,0.25,2.5\n",
        "step",
        {"loss": ([2, 3], [0.5, 0.25]), "fid": ([1, 3], [3.5, 2.5])},
    ),
    "a-row-a-phase": (
        "loss_log.csv",
        "epoch,type,loss,lr\n1,train,0.5,0.1\n1,validation,0.75,0.1\n2,train,0.25,0.01\n"
        "2,validation,0.625,0.01\n2,test,0.875,0.01\n",
        "epoch",
        {
            "loss": ([1, 2], [0.5, 0.25]),
            "eval/loss": ([1, 2], [0.75, 0.625]),
            "test/loss": ([2], [0.875]),
            "lr": ([1, 2], [0.1, 0.01]),
        },
    ),
    "phases-one-after-another": (
        "log.csv",
        "split,step,acc\nTrain,1,0.5\nTrain,2,0.75\nTrain,3,0.75\nVal,1,0.25\nVal,3,0.5\n",
        "step",
        {"accuracy": ([1, 2, 3], [0.5, 0.75, 0.75]), "eval/accuracy": ([1, 3], [0.25, 0.5])},
    ),
    "phases-without-a-counter": (
        "log.csv",
        "phase,loss\ntrain,0.5\nval,0.75\ntrain,0.25\nval,0.625\n",
        "row",
        {"loss": ([0, 1], [0.5, 0.25]), "eval/loss": ([0, 1], [0.75, 0.625])},
    ),
    "many-rows-of-training-and-one-of-evaluation": (
        "log.csv",
        "mode,step,loss\ntrain,10,0.5\ntrain,20,0.25\neval,20,0.75\ntrain,30,0.125\n",
        "step",
        {"loss": ([10, 20, 30], [0.5, 0.25, 0.125]), "eval/loss": ([20], [0.75])},
    ),
    "one-phase-alone": (
        "log.csv",
        "step,set,loss\n1,test,0.5\n2,test,0.25\n",
        "step",
        {"loss": ([1, 2], [0.5, 0.25])},
    ),
    "words-that-are-no-phases": (
        "log.csv",
        "step,kind,loss\n1,train,0.5\n2,warmup,0.25\n3,val,0.125\n",
        "step",
        {"loss": ([1, 2, 3], [0.5, 0.25, 0.125])},
    ),
    "header-again-with-more-columns": (
        "log.csv",
        "step,loss\n1,0.5\n2,0.25\nstep,loss,val_loss\n3,0.125,0.75\n",
        "step",
        {"loss": ([1, 2, 3], [0.5, 0.25, 0.125]), "eval/loss": ([3], [0.75])},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "written", "axis", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_written(
    tmp_path: Path,
    file: str,
    written: str,
    axis: str,
    expected: dict[str, tuple[list[float], list[float]]],
) -> None:
    path = tmp_path / file
    path.write_bytes(written.encode())
    run = read(path)
    assert run.axis == axis
    for name, (steps, values) in expected.items():
        assert run.signals[name].step.tolist() == steps
        np.testing.assert_array_equal(run.signals[name].value, values)
    assert run.notes == ()


def test_groups_that_do_not_fill_the_columns_name_none(tmp_path: Path) -> None:
    path = tmp_path / "out.dat"
    path.write_text("# step, loss_train, loss_test\n0 0.5 0.25 1.0\n10 0.25 0.125 0.5\n")
    with pytest.raises(ReadError, match="in no format that is known"):
        read(path)


def test_many_rows_of_phases_are_read_as_few(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = [
        f"{i},{word},{i}.5\n" for i in range(1000) for word in ("train", "VAL", "test")[: 2 + i % 2]
    ]
    path.write_text("epoch,type,loss\n" + "".join(rows) + "1000,warmup,0.5\n")
    run = read(path)
    assert {name: len(s) for name, s in run.signals.items()} == {
        "loss": 1000,
        "eval/loss": 1000,
        "test/loss": 500,
    }
    assert run.signals["test/loss"].step[:2].tolist() == [1, 3]
    assert run.notes == ("rows whose 'type' names no phase, left out: 1",)


def test_names_and_settings_of_a_monitor(tmp_path: Path) -> None:
    path = tmp_path / "ppo" / "monitor.csv"
    path.parent.mkdir()
    path.write_text(WRITTEN["monitor"][1])
    run = read(path)
    assert run.name == "ppo"
    assert run.config == {"t_start": 1.5, "env_id": "Lander"}
    assert run.logged_as["reward"] == "r"


def test_a_download_is_named_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "run-Adam-tag-batch_loss.csv"
    path.write_text(WRITTEN["tensorboard-download"][1])
    run = read(path)
    assert (run.name, dict(run.logged_as)) == ("Adam", {"loss": "batch_loss"})


@pytest.mark.parametrize(
    "delimiter", [",", "\t", ";", "|"], ids=["comma", "tab", "semicolon", "bar"]
)
def test_round_trip(tmp_path: Path, delimiter: str) -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(5000, 3))
    table[rng.random(table.shape) < 0.1] = np.nan
    path = tmp_path / "log.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["step", "train/loss", "val/loss", "lr"])
        writer.writerows([i, *map(repr, row)] for i, row in enumerate(table.tolist()))
    run = read(path)
    for i, name in enumerate(("loss", "eval/loss", "lr")):
        np.testing.assert_array_equal(run.signals[name].value, table[:, i])


def test_lines_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n1,0.5\n2,0.25,7\n3,0.125\n4")
    run = read(path)
    assert run.signals["loss"].step.tolist() == [1, 3]
    assert run.notes == (
        "lines that do not fit the header, left out: 1 (3)",
        "line 5, the last, has no end and may be torn: it is left out",
    )


def test_a_header_longer_than_the_head_of_a_file(tmp_path: Path) -> None:
    names = [f"layer{i}/norm" for i in range(20_000)]
    path = tmp_path / "norms.csv"
    rows = [[step, *(step + i / 8 for i in range(len(names)))] for step in range(3)]
    lines = [",".join(["step", *names]), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    assert len(lines[0]) > 1 << 17
    run = read(path)
    assert list(run.logged_as.values()) == names
    last = run.signals[next(s for s, own in run.logged_as.items() if own == names[-1])]
    assert last.step.tolist() == [0, 1, 2]
    assert last.value.tolist() == [row[-1] for row in rows]


def test_a_number_of_many_digits(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    digits = "0." + "3" * 80
    path.write_text(f"step,loss\n1,{digits}\n2,0.5\n")
    assert read(path).signals["loss"].value.tolist() == [float(digits), 0.5]


def test_a_name_of_digits_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss,commit\n1,0.5,1_000\n2,0.25,2_000\n")
    assert list(read(path).signals) == ["loss"]


def test_a_second_session_is_another_run(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n0,1\n1,2\n2,3\nstep,loss\n0,4\n1,5\n")
    assert [run.signals["loss"].value.tolist() for run in read_all(path)] == [[1, 2, 3], [4, 5]]


REFUSED = {
    "text-only": ("people.csv", "name,city\nann,paris\nbob,rome\n", "text without columns"),
    "no-header": ("log.csv", "1,0.5\n2,0.25\n", "without a header"),
    "prose": ("notes.txt", "The loss was, as ever, high.\nIt fell, at last.\n", "no format"),
    "control-characters": ("log.csv", "\x01\x0b0", "text without columns"),
    "no-row-fits": ("log.csv", "a,b\n1,2,3\n", "text without columns"),
    "header-only": ("metrics.csv", "step,loss\n", "text without columns"),
}


@pytest.mark.parametrize(("file", "written", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, file: str, written: str, why: str) -> None:
    path = tmp_path / file
    path.write_text(written)
    with pytest.raises(ReadError, match=why):
        read(path)


@pytest.mark.parametrize("name", ["train_loss.txt", "val_loss.log", "acc.out"])
def test_numbers_alone_are_named_by_their_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("0.5\n0.4\n0.3\n")
    (run,) = read_all(path)
    assert list(run.logged_as.values()) == [path.stem]
    (series,) = run.signals.values()
    assert series.value.tolist() == [0.5, 0.4, 0.3]


def test_numbers_alone_in_a_file_of_another_name_are_no_log(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("5\n4\n3\n")
    with pytest.raises(ReadError):
        read_all(path)


def test_a_column_with_a_name(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("% mean class accuracy (train set)\t\n 1.5e+01\t\n 2.5e+01\t\n 3.5e+01\t\n")
    (run,) = read_all(path)
    (series,) = run.signals.values()
    assert series.value.tolist() == [15, 25, 35]
