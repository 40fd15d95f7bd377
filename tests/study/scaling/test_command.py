"""The command: each method as text and as data, pictures, and refusals in one line."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from made_studies import TRUTH, curves, loss_of, spread
from test_hyperparameters import grids
from test_optima import training_curves
from test_repeated import study

from neural_trainer.cli import main
from neural_trainer.commands import scaling as command
from neural_trainer.study.scaling.analysis import METHODS
from neural_trainer.study.scaling.flops import CONVENTIONS
from neural_trainer.study.scaling.points import Points


def write(path: Path, points: Points) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(points.columns)
        writer.writerows(zip(*points.columns.values(), strict=True))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made = spread(0, 100)
    write(Path("spread.csv"), made.with_column("half", np.arange(100.0) % 2))
    write(Path("few.csv"), spread(0, 6))
    write(Path("curves.csv"), curves(0))
    write(Path("training.csv"), training_curves(0.001))
    write(Path("grids.csv"), grids())
    repeated = study((0.5, 1, 4, 16))
    write(Path("repeated.csv"), Points("repeated", {**repeated.columns, "loss": repeated.loss}))
    return tmp_path


CALLS = {
    "parametric": ["spread.csv", "--budget", "1e22", "--served", "1e12", "--unique-tokens", "1e11"],
    "isoflop": ["curves.csv", "--budget", "1e23"],
    "envelope": ["training.csv", "--budget", "1e22"],
    "power": ["spread.csv"],
    "over-training": ["spread.csv", "--budget", "1e22"],
    "repeated-data": ["repeated.csv", "--unique", "unique", "--budget", "1e21"],
    "hyperparameters": ["grids.csv", "--lr", "lr", "--batch", "batch"],
}


def test_every_method_is_tried() -> None:
    assert set(CALLS) == set(METHODS) == set(command.METHODS)
    assert command.CONVENTIONS == CONVENTIONS


@pytest.mark.parametrize("method", CALLS)
def test_a_method_as_text_and_as_data(
    method: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["scaling", *CALLS[method], "--method", method, "--bootstrap", "100"]
    assert main([*words, "--plot", "law.png"]) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(
        line.startswith(f"Next: neural-trainer scaling {CALLS[method][0]}") for line in lines
    )
    assert "nan" not in shown.out
    assert shown.err == "law.png drawn\n"
    assert (folder / "law.png").read_bytes()[:4] == b"\x89PNG"
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "neural-trainer/scaling/1"
    assert told["method"] == method
    assert len(told["plans"]) == words.count("--budget")


def test_the_keys_of_a_parametric_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scaling", "spread.csv", "--json", "--bootstrap", "200"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["objective"] > 0
    assert list(told["parameters"]) == ["E", "A", "B", "alpha", "beta"]
    for name, right in TRUTH.items():
        low, high = told["parameters"][name]["interval"]
        assert low <= told["parameters"][name]["value"] <= high
        assert low * 0.8 <= right <= high * 1.2
    assert told["identified"] is True
    assert told["held_out"]["verdict"] == "holds"
    assert len(told["without"]) == 3


def test_the_command_named_next_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = Path("spread.csv").read_text().replace("loss", "my loss")
    Path("spread.csv").write_text(text)
    words = ["scaling", "spread.csv", "--params", "params", "--compute", "compute"]
    words += ["--loss", "my loss", "--drop-highest", "2", "--bootstrap", "100"]
    assert main(words) == 0
    last = capsys.readouterr().out.partition("Next: neural-trainer ")[2]
    assert " \\\n" in last
    named = shlex.split(last.replace("\\\n", " ").replace("FLOP", "1e22"))
    assert main([*named, "--bootstrap", "100"]) == 0
    assert "Plan for 1e+22 FLOP" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for seed in ("1", "1", "2"):
        words = ["scaling", "spread.csv", "--json", "--bootstrap", "100", "--seed", seed]
        assert main(words) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2]


def test_each_value_of_a_column_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    points = spread(0, 60)
    rows = zip(*points.columns.values(), ["x", "y"] * 30, strict=True)
    with Path("two.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*points.columns, "set"], *rows])
    words = ["scaling", "two.csv", "--by", "set", "--bootstrap", "100", "--plot", "both.png"]
    assert main([*words, "--json"]) == 0
    studies = json.loads(capsys.readouterr().out)["studies"]
    assert [(s["study"], s["points"]) for s in studies] == [("x", 30), ("y", 30)]
    assert Path("both-1.png").exists()
    assert Path("both-2.png").exists()


def test_runs_are_read_like_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    generator = np.random.default_rng(0)
    names = []
    for place, params in enumerate(np.repeat(np.geomspace(1e6, 1e8, 5), 3).astype(int)):
        steps = 100 * 3 ** (place % 3)
        folder = Path(f"run{place}")
        folder.mkdir()
        (folder / "run.json").write_text(json.dumps({"num_parameters": int(params)}))
        loss = loss_of(params, np.arange(1, steps + 1) * 1e6) * np.exp(
            generator.normal(0, 0.003, steps)
        )
        rows = [{"step": step, "loss": value} for step, value in enumerate(loss, 1)]
        (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        names.append(str(folder))
    words = ["scaling", *names, "--tokens-per-step", "1e6", "--bootstrap", "100", "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["points"] == 15
    low, high = told["parameters"]["alpha"]["interval"]
    assert low <= 0.35 <= high


REFUSED = {
    "no_file": (["nothing.csv"], "nothing.csv"),
    "no_column": (["spread.csv", "--params", "width"], "no column width"),
    "needs_lr": (["spread.csv", "--method", "hyperparameters"], "no lr and no batch"),
    "few_points": (["few.csv"], "has 6 points for a law of 5 parameters; expected 7 at least"),
    "few_runs": (["spread.csv", "--run", "half"], "has 2 runs to draw"),
    "few_samples": (["spread.csv", "--bootstrap", "5"], "expected 100 at least"),
    "negative_budget": (["spread.csv", "--budget", "-3"], "expected a positive finite number"),
    "plan_without_budget": (["spread.csv", "--served", "1e9"], "give its --budget"),
    "picture_of_no_kind": (["spread.csv", "--bootstrap", "100", "--plot", "a.doc"], ".png or .svg"),
    "head_without_columns": (["spread.csv", "--flops", "6ND+head", "--params", "params", "--tokens",
                              "tokens"], "needs the columns of layers"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_refusals_are_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scaling", *words]) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert len(shown.err.splitlines()) == 1


@pytest.mark.parametrize("place", ["loss", "params"])
def test_a_point_without_a_number_is_refused(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    points = spread(0, 30)
    columns = {name: values.copy() for name, values in points.columns.items()}
    columns[place][7] = np.nan
    write(Path("nan.csv"), Points("nan", columns))
    assert main(["scaling", "nan.csv"]) == 1
    assert "(point 8); leave them out with --drop-invalid" in capsys.readouterr().err
    assert main(["scaling", "nan.csv", "--drop-invalid", "--bootstrap", "100"]) == 0
    assert "(point 8): left out" in capsys.readouterr().out
