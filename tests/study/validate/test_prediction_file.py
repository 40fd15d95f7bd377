"""Files of predictions: each format gives the same, and what is wrong is one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neural_trainer.errors import NeuralTrainerError, ReadError
from neural_trainer.study.validate.prediction_file import Named, read_predictions

ROWS = [
    {"id": f"i{k}", "y_true": "cat" if k % 3 else "dog", "prob_cat": 0.7, "prob_dog": 0.3,
     "site": "north" if k % 2 else "south", "group": k // 2, "x": k / 2}
    for k in range(12)
]  # fmt: skip


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    names = list(rows[0])
    if path.suffix in (".csv", ".tsv"):
        mark = "," if path.suffix == ".csv" else "\t"
        lines = [mark.join(names), *(mark.join(str(row[n]) for n in names) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    elif path.suffix == ".npz":
        np.savez(path, **{n: np.array([row[n] for row in rows]) for n in names})
    else:
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".npz", ".parquet"])
def test_each_format_gives_the_same(ending: str, tmp_path: Path) -> None:
    p = read_predictions(written(tmp_path / f"p{ending}", ROWS), Named(slices=("site",)))
    assert (p.task, p.classes) == ("classification", ("cat", "dog"))
    assert list(p.truth) == [0 if k % 3 else 1 for k in range(12)]
    assert list(p.predicted) == [0] * 12
    assert p.probabilities is not None
    assert p.probabilities[:, 1] == pytest.approx([0.3] * 12)
    assert p.ids == tuple(f"i{k}" for k in range(12))
    assert list(p.of_cluster) == [k // 2 for k in range(12)]
    assert list(p.slices["site"][:2]) == ["south", "north"]
    assert list(p.inputs["x"]) == [k / 2 for k in range(12)]


def one(tmp_path: Path, **columns: list[object]) -> Path:
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return written(tmp_path / "p.jsonl", rows)


def test_whole_numbers_are_classes_and_fractions_are_not(tmp_path: Path) -> None:
    p = read_predictions(one(tmp_path, y_true=[0, 1, 2], y_pred=[0, 2, 2]), Named())
    assert (p.task, p.classes) == ("classification", ("0", "1", "2"))
    p = read_predictions(one(tmp_path, y_true=[0, 1, 2], y_pred=[0.1, 2, 2]), Named())
    assert p.task == "regression"
    p = read_predictions(one(tmp_path, y_true=[0, 1], y_pred=[0, 1]), Named("regression"))
    assert p.task == "regression"


def test_a_score_orders_and_is_cut_with_a_word(tmp_path: Path) -> None:
    p = read_predictions(one(tmp_path, y_true=[0, 1, 1], score=[-2.0, 3.0, -1.0]), Named())
    assert list(p.predicted) == [0, 1, 0]
    assert p.probabilities is None
    assert "above 0" in p.notes[0]


def test_one_probability_is_of_the_second_class(tmp_path: Path) -> None:
    p = read_predictions(one(tmp_path, y_true=[0, 1], prob_1=[0.2, 0.9]), Named())
    assert p.probabilities == pytest.approx(np.array([[0.8, 0.2], [0.1, 0.9]]))


def test_rows_of_probabilities(tmp_path: Path) -> None:
    given = [[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]
    p = read_predictions(one(tmp_path, y_true=[2, 0], probabilities=given), Named())
    assert p.probabilities == pytest.approx(np.array(given))


def test_nats_and_tokens_are_of_language(tmp_path: Path) -> None:
    p = read_predictions(one(tmp_path, nll=[10.0, 3.0], tokens=[5, 2], correct=[2, 1]), Named())
    assert p.task == "language"
    assert p.tokens is not None
    assert list(p.tokens) == [5, 2]


REFUSED: dict[str, tuple[dict[str, list[object]], str]] = {
    "no-truth": ({"y_pred": [1, 2]}, "y_true"),
    "no-prediction": ({"y_true": ["a", "b"]}, "y_pred, prob_CLASS or score"),
    "nan": ({"y_true": [0.5, 1.5], "y_pred": [float("nan"), 1.0]}, "row 0 first"),
    "probability-above-1": ({"y_true": [0, 1], "prob_0": [2.0, 0.5], "prob_1": [0.0, 0.5]}, "0 to"),
    "sum-not-1": ({"y_true": [0, 1], "prob_0": [0.5, 0.5], "prob_1": [0.6, 0.5]}, "sum to 1.1"),
    "unknown-class": ({"y_true": ["z", "a"], "prob_a": [1, 1], "prob_b": [0, 0]}, "z"),
    "score-of-three": ({"y_true": [0, 1, 2], "score": [1.0, 2.0, 3.0]}, "expected two"),
    "text-as-number": ({"y_true": [0.5, 1.5], "y_pred": ["a", "b"]}, "not of numbers"),
    "negative-nats": ({"nll": [-1.0, 2.0], "tokens": [1, 2]}, "at least 0"),
    "missing-class": ({"y_true": ["a", None], "y_pred": ["a", "b"]}, "row 1 has no class"),
}


@pytest.mark.parametrize(("columns", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_said_in_a_line(
    columns: dict[str, list[object]], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ReadError) as raised:
        read_predictions(one(tmp_path, **columns), Named())
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


BROKEN = {
    "empty.csv": b"",
    "header-only.csv": b"y_true,y_pred\n",
    "binary.csv": bytes(range(256)),
    "torn.npz": b"PK\x03\x04 torn",
    "torn.parquet": b"PAR1 torn",
    "no-json.jsonl": b"{nope\n",
    "no-object.jsonl": b"[1, 2]\n",
    "other.pkl": b"x",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(NeuralTrainerError) as raised:
        read_predictions(tmp_path / name, Named())
    assert "\n" not in str(raised.value)
    assert name in str(raised.value)


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", y_true=np.array([{}, {}], dtype=object))
    with pytest.raises(ReadError):
        read_predictions(tmp_path / "p.npz", Named())


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NeuralTrainerError, match="no column site; it has y_true"):
        read_predictions(one(tmp_path, y_true=[0, 1], y_pred=[0, 1]), Named(slices=("site",)))
