"""Points from tables: the same whatever the format, and refusals that name what there is."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from made_studies import spread

from neural_trainer.errors import ReadError
from neural_trainer.study.scaling.table import is_table, read_table

NAMED = {"params": "Model Size", "tokens": "seen", "loss": "final"}
ROWS = [
    {"Model Size": n, "seen": d, "final": loss, "set": "a" if place % 3 else "b"}
    for place, (n, d, loss) in enumerate(
        zip(*(spread(count=12).columns[name] for name in ("params", "tokens", "loss")), strict=True)
    )
]


def delimited(path: Path, delimiter: str) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(ROWS)


WRITERS = {
    "csv": lambda path: delimited(path, ","),
    "tsv": lambda path: delimited(path, "\t"),
    "semicolons": lambda path: delimited(path, ";"),
    "jsonl": lambda path: path.write_text("".join(json.dumps(row) + "\n" for row in ROWS)),
    "json": lambda path: path.write_text(json.dumps(ROWS)),
    "byte_order_mark": lambda path: (
        delimited(path, ","), path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    ),
}  # fmt: skip


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_every_format_gives_the_same_points(write, tmp_path: Path) -> None:
    path = tmp_path / "study"
    write(path)
    [(label, points)] = read_table(str(path), NAMED)
    assert label == ""
    assert points.source == "study"
    for name, values in spread(count=12).columns.items():
        if name != "compute":
            assert points.columns[name] == pytest.approx(values)


def test_by_divides_the_points(tmp_path: Path) -> None:
    delimited(tmp_path / "study.csv", ",")
    parts = dict(read_table(str(tmp_path / "study.csv"), NAMED, "set"))
    assert {label: len(points) for label, points in parts.items()} == {"a": 8, "b": 4}
    assert parts["b"].source == "study.csv b"


def test_a_column_of_runs_groups_points(tmp_path: Path) -> None:
    delimited(tmp_path / "study.csv", ",")
    [(_, points)] = read_table(str(tmp_path / "study.csv"), {**NAMED, "run": "set"})
    assert points.groups.tolist() == [1.0, 0, 0] * 4 or points.groups.tolist() == [1, 0, 0] * 4
    assert "run" not in points.columns


def test_points_of_one_run_that_are_not_named_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("params,loss,run_name\n1,2,a\n1,3,a\n2,4,b\n")
    [(_, points)] = read_table(str(path), {})
    assert "--run run_name draws them together" in points.notes[0]
    [(_, points)] = read_table(str(path), {"run": "run_name"})
    assert points.notes == ()
    path.write_text("params,loss,run_name\n1,2,a\n1,3,b\n2,4,c\n")
    [(_, points)] = read_table(str(path), {})
    assert points.notes == ()


def test_known_names_need_no_option(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text("N,num_tokens,Training FLOPs,val_loss,lr\n1e8,1e9,6e17,3.1,0.1\n")
    [(_, points)] = read_table(str(path), {})
    assert {name: float(values[0]) for name, values in points.columns.items()} == {
        "params": 1e8, "tokens": 1e9, "compute": 6e17, "loss": 3.1
    }  # fmt: skip
    [(_, fewer)] = read_table(str(path), {"params": "N", "compute": "Training FLOPs"})
    assert set(fewer.columns) == {"params", "compute", "loss"}


def test_steps_do_not_pass_as_tokens(tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    path.write_text("params,global_step,loss\n1e8,100,3\n1e8,200,2.9\n")
    named = {"params": "params", "tokens": "global_step"}
    with pytest.raises(ReadError, match="global_step counts steps, not tokens: give --tokens-per"):
        read_table(str(path), named)
    [(_, points)] = read_table(str(path), named, tokens_per_step=1e6)
    assert points.columns["tokens"].tolist() == [1e8, 2e8]
    with pytest.raises(ReadError, match="no column of steps"):
        read_table(str(path), {"params": "params"}, tokens_per_step=1e6)


def test_cells_that_are_no_number_are_nan(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("params,tokens,loss\n1e8,1e9,\n1e8,2e9,diverged\n1_000,3e9,nan\n1e8,4e9\n")
    [(_, points)] = read_table(str(path), {})
    assert np.isnan(points.loss).all()
    assert points.columns["params"][2] == 1000


REFUSED = {
    "unknown_column": ("a,loss\n1,2\n", {"params": "N"}, "no column N for params; it has a, loss"),
    "no_loss": ("params,tokens\n1,2\n", {}, "name it with --loss"),
    "no_row": ("params,loss\n", {}, "holds no row"),
    "broken_json": ('{"params": 1, "loss": 2}\n{"params"\n', {}, "no table of JSON rows"),
}


@pytest.mark.parametrize(("text", "named", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused(
    text: str, named: dict[str, str], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "study.csv"
    path.write_text(text)
    with pytest.raises(ReadError) as raised:
        read_table(str(path), named)
    assert said in str(raised.value)


def test_a_log_is_no_table(tmp_path: Path) -> None:
    log = tmp_path / "metrics.csv"
    log.write_text("step,loss,lr\n1,2.5,0.1\n")
    assert not is_table(str(log), {})
    assert not is_table(str(tmp_path), {})
    delimited(tmp_path / "study.csv", ",")
    assert is_table(str(tmp_path / "study.csv"), NAMED)
    assert not is_table(str(tmp_path / "study.csv"), {})
