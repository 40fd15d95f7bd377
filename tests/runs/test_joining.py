"""Folders in which one run lies in several files, or twice, and the configuration beside a log."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from neural_trainer.runs.read import read, read_all
from neural_trainer.runs.run import Run

EVENTS = Path(__file__).parent / "fixtures"


def write(folder: Path, files: dict[str, str]) -> Path:
    for place, content in files.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def table(header: str, *columns: list[float], by: str = "\t") -> str:
    rows = [by.join(map(repr, row)) for row in zip(*columns, strict=True)]
    return "\n".join([header.replace("\t", by), *rows]) + "\n"


STEPS = list(range(6))
FALLING = [1 / (step + 1) for step in STEPS]


def test_dvclive(tmp_path: Path) -> None:
    metrics = {
        "plots/metrics/train/loss.tsv": table("step\tloss", STEPS, FALLING),
        "plots/metrics/eval/loss.tsv": table("step\tloss", STEPS[::2], FALLING[::2]),
        "plots/metrics/lr.tsv": table(
            "timestamp\tstep\tlr", [1.7e9 + s for s in STEPS], STEPS, FALLING
        ),
        "metrics.json": '{"step": 5, "lr": 0.1}',
    }
    run = read(write(tmp_path / "dvclive", metrics))
    assert set(run.signals) == {"loss", "eval/loss", "lr"}
    assert run.signals["eval/loss"].step.tolist() == STEPS[::2]


def test_dvclive_of_old(tmp_path: Path) -> None:
    metrics = {f"{name}.tsv": table(f"step\t{name}", STEPS, FALLING) for name in ("loss", "acc")}
    run = read(write(tmp_path / "logs", metrics))
    assert (run.name, set(run.signals)) == ("logs", {"loss", "accuracy"})


def test_catboost(tmp_path: Path) -> None:
    files = {
        "learn_error.tsv": table("iter\tRMSE", STEPS, FALLING),
        "test_error.tsv": table("iter\tRMSE", STEPS, [2.0] * 6),
        "time_left.tsv": table("iter\tPassed\tRemaining", STEPS, STEPS, STEPS[::-1]),
        "catboost_training.json": json.dumps({"meta": {}, "iterations": [{"learn": [1.0]}]}),
    }
    run = read(write(tmp_path / "catboost_info", files))
    assert run.name == "catboost_info"
    assert run.signals["loss"].value.tolist() == FALLING
    assert run.signals["eval/loss"].value.tolist() == [2.0] * 6


def monitor(start: float, ends: list[float], rewards: list[float]) -> str:
    head = json.dumps({"t_start": start, "env_id": "CartPole-v1"})
    return f"#{head}\n" + table("r,l,t", rewards, [9.0] * len(ends), ends, by=",")


def test_monitors_of_several_environments(tmp_path: Path) -> None:
    files = {
        "0.monitor.csv": monitor(100.0, [1.0, 3.0, 5.0], [10.0, 30.0, 50.0]),
        "1.monitor.csv": monitor(100.5, [1.5, 3.5], [20.0, 40.0]),
    }
    run = read(write(tmp_path / "logs", files))
    assert run.name == "logs"
    assert run.signals["reward"].value.tolist() == [10.0, 20.0, 30.0, 40.0, 50.0]
    assert run.signals["reward"].step.tolist() == [0, 1, 2, 3, 4]
    assert (run.axis, run.config["env_id"]) == ("episode", "CartPole-v1")
    assert "2 environments" in run.notes[0]


def test_monitor_alone(tmp_path: Path) -> None:
    write(tmp_path, {"monitor.csv": monitor(0.0, [1.0, 2.0], [1.0, 2.0])})
    assert read(tmp_path).signals["reward"].value.tolist() == [1.0, 2.0]


def test_two_forms_of_one_history(tmp_path: Path) -> None:
    values = [1 / 3 + step for step in STEPS]
    keyed = {"loss": {str(i): round(x, 10) for i, x in enumerate(values)}}
    keyed["val_loss"] = keyed["loss"]
    text = table(",loss,val_loss", STEPS, values, values, by=",")
    run = read(write(tmp_path, {"history.csv": text, "history.json": json.dumps(keyed)}))
    assert run.format == "delimited-table"
    assert "holds the same" in run.notes[0]


def test_equal_runs_of_two_seeds_stay_two(tmp_path: Path) -> None:
    text = table("step,loss", STEPS, FALLING, by=",")
    write(
        tmp_path,
        {"seed0.csv": text, "seed1.csv": text, "a/metrics.csv": text, "b/metrics.csv": text},
    )
    assert len(read_all(tmp_path)) == 4


def test_ray(tmp_path: Path) -> None:
    rows = [
        {"training_iteration": i, "episode_reward_mean": float(i), "config": {"lr": 0.1, "loss": 3},
         "info": {"learner": {"default_policy": {"learner_stats": {"entropy": 0.5 / i}}}}}
        for i in range(1, 7)
    ]  # fmt: skip
    files = {
        "result.json": "".join(json.dumps(row) + "\n" for row in rows),
        "progress.csv": table("training_iteration,episode_reward_mean", STEPS, FALLING, by=","),
        "params.json": '{"lr": 0.1}',
    }
    run = read(write(tmp_path / "PPO_0", files))
    assert {"reward", "entropy"} <= run.signals.keys()
    assert not any("config" in own for own in run.logged_as.values())
    assert run.config["lr"] == 0.1


CSV = table("epoch,train/loss,val/loss", STEPS, FALLING, FALLING, by=",")
BESIDE = {
    "ultralytics": ("results.csv", "args.yaml", "lr0: 0.01\nmodel: yolo.pt\n", ("lr0", 0.01)),
    "yolov5": ("results.csv", "opt.yaml", "hyp:\n  lr0: 0.01\n", ("hyp", {"lr0": 0.01})),
    "lightning": ("metrics.csv", "hparams.yaml", "lr: 0.1\nlayers: [1, 2]\n", ("layers", [1, 2])),
    "ray": ("progress.csv", "params.json", '{"lr": 0.1}', ("lr", 0.1)),
    "wandb": (
        "metrics.csv", "files/config.yaml", "_wandb:\n  value: {}\nlr:\n  value: 0.1\n",
        ("lr", 0.1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("target", ["", "file"], ids=["folder", "file"])
@pytest.mark.parametrize(("log", "name", "text", "known"), BESIDE.values(), ids=BESIDE)
def test_configuration_beside_a_log(
    tmp_path: Path, log: str, name: str, text: str, known: tuple[str, object], target: str
) -> None:
    write(tmp_path, {log: CSV, name: text})
    run = read(tmp_path / log if target else tmp_path)
    assert run.config[known[0]] == known[1]
    assert "_wandb" not in run.config


ODD = {
    "python-tag": "lr: !!python/object/apply:os.system ['true']\n",
    "torn": "lr: [0.1,\n",
    "deep": "[" * 5000,
    "bomb": "a: &a [1, 2]\n"
    + "".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "endless": "a: &a [*a]\n",
    "control": "lr: \x01\n",
    "no-object": "- 1\n",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_configuration_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    run = read(write(tmp_path, {"metrics.csv": CSV, "hparams.yaml": text}) / "metrics.csv")
    assert run.config == {}
    assert text.startswith("-") or "hparams.yaml beside it is left out" in run.notes[-1]
    assert all("\n" not in note for note in run.notes)


def test_own_configuration_wins(tmp_path: Path) -> None:
    write(tmp_path, {"monitor.csv": monitor(0.0, [1.0, 2.0], [1.0, 2.0]), "args.yaml": "lr: 0.1\n"})
    assert "lr" not in read(tmp_path).config


def points(run: Run) -> dict[str, list[float]]:
    return {name: series.value.tolist() for name, series in run.signals.items()}


def test_copied_latest_run_without_its_id(tmp_path: Path) -> None:
    text = table("step,loss", STEPS, FALLING, by=",")
    write(tmp_path, {"run-1/files/metrics.csv": text})
    shutil.copytree(tmp_path / "run-1", tmp_path / "latest-run")
    run = read(tmp_path)
    assert run.name == "run-1/files"
    assert np.allclose(points(run)["loss"], FALLING)
