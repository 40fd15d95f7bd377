"""JSON documents: every shape a history is written in, what is refused, what is torn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_trainer.errors import ReadError
from neural_trainer.runs.document import find_series, torn_json
from neural_trainer.runs.read import read, read_all

LOSS, VAL = [2.0, 1.5, 1.25], [2.5, 2.25, 2.0]
LISTS = {"loss": LOSS, "val_loss": VAL}
KEYED = {name: {str(i): x for i, x in enumerate(values)} for name, values in LISTS.items()}
ROWS = [{"loss": a, "val_loss": b} for a, b in zip(LOSS, VAL, strict=True)]
SPLIT = {
    "columns": ["loss", "val_loss"],
    "index": [0, 1, 2],
    "data": [list(row) for row in zip(LOSS, VAL, strict=True)],
}

# Each holds the same three points of loss and eval/loss: the document, the first step, the axis.
SHAPES: dict[str, tuple[Any, float, str]] = {
    "keras-lists": (LISTS, 0, "epoch"),
    "keras-keyed-by-epoch": (KEYED, 0, "epoch"),
    "pandas-index": ({str(i): row for i, row in enumerate(ROWS)}, 0, "row"),
    "pandas-split": (SPLIT, 0, "row"),
    "pandas-table": ({"schema": {"fields": [{"name": "loss"}]}, "data": ROWS}, 0, "row"),
    "keyed-by-labels": ({f"epoch_{i}": row for i, row in enumerate(ROWS, 1)}, 1, "epoch"),
    "list-of-objects": ([{"epoch": i, **row} for i, row in enumerate(ROWS, 1)], 1, "epoch"),
    "chainer": (
        [
            {"main/loss": r["loss"], "validation/main/loss": r["val_loss"], "iteration": 15 * i}
            for i, r in enumerate(ROWS, 1)
        ],
        15,
        "step",
    ),
    "below-a-key": ({"config": {"lr": 0.1}, "history": LISTS}, 0, "epoch"),
    "rows-below-keys": ({"run": {"log": [{"step": i, **ROWS[i]} for i in range(3)]}}, 0, "step"),
    "by-split": ({"train": {"loss": LOSS}, "val": {"loss": VAL}}, 0, "epoch"),
    "plural": ({"train_losses": LOSS, "val_losses": VAL, "epochs": [1, 2, 3]}, 1, "epoch"),
    "one-value-lists": ({"loss": [[x] for x in LOSS], "val_loss": [[x] for x in VAL]}, 0, "epoch"),
    "num-mean-std": (
        [
            {k: {"num": 8, "mean": x, "std": 0.5} for k, x in row.items()} | {"tick": i}
            for i, row in enumerate(ROWS)
        ],
        0,
        "tick",
    ),
    "marked-rows": (
        [
            {"epoch": i, "phase": phase, "loss": x}
            for i, row in enumerate(ROWS, 1)
            for phase, x in zip(("train", "val"), row.values(), strict=True)
        ],
        1,
        "epoch",
    ),
    "steps-of-their-own": (
        {name: [[i, x] for i, x in enumerate(values)] for name, values in LISTS.items()},
        0,
        "step",
    ),
}  # fmt: skip


def written(folder: Path, document: object, indent: int | None = 1, name: str = "log") -> Path:
    path = folder / name
    path.write_text(json.dumps(document, indent=indent))
    return path


@pytest.mark.parametrize("indent", [None, 1], ids=["one-line", "indented"])
@pytest.mark.parametrize(("document", "first", "axis"), SHAPES.values(), ids=SHAPES)
def test_shape(tmp_path: Path, document: Any, first: float, axis: str, indent: int | None) -> None:
    run = read(written(tmp_path, document, indent))
    assert run.format == "json-document"
    assert run.axis == axis
    assert run.signals["loss"].value.tolist() == LOSS
    assert run.signals["eval/loss"].value.tolist() == VAL
    stride = 15 if first == 15 else 1
    assert run.signals["loss"].step.tolist() == [first, first + stride, first + 2 * stride]
    assert run.signals["eval/loss"].step.tolist() == run.signals["loss"].step.tolist()


def test_settings_are_the_configuration(tmp_path: Path) -> None:
    run = read(written(tmp_path, {"seed": 3, "config": {"lr": 0.1, "sizes": [1, 2]}, **LISTS}))
    assert run.config == {"seed": 3, "lr": 0.1, "sizes": [1, 2]}
    assert set(run.signals) == {"loss", "eval/loss"}


def test_lists_of_several_lengths(tmp_path: Path) -> None:
    run = read(written(tmp_path, {"train_loss": [1.0 / i for i in range(1, 13)], "val_loss": VAL}))
    assert run.signals["loss"].step.tolist() == list(range(12))
    assert run.signals["eval/loss"].step.tolist() == [3, 7, 11]
    assert "each ends a stretch" in run.notes[0]


def test_lists_that_count_for_others(tmp_path: Path) -> None:
    document = {
        "train_steps": [10, 20, 30, 40], "train_loss": [4.0, 3.0, 2.0, 1.0],
        "val_steps": [15, 40], "val_loss": [3.5, 1.5],
    }  # fmt: skip
    run = read(written(tmp_path, document))
    assert run.signals["loss"].step.tolist() == [10, 20, 30, 40]
    assert run.signals["eval/loss"].step.tolist() == [15, 40]


def test_histories_side_by_side_are_runs(tmp_path: Path) -> None:
    runs = read_all(written(tmp_path, {"adam": LISTS, "sgd": LISTS}, name="history.json"))
    assert [run.name for run in runs] == [f"{tmp_path.name}#adam", f"{tmp_path.name}#sgd"]
    folds = read_all(written(tmp_path, [LISTS] * 3))
    assert [run.name for run in folds] == [f"{tmp_path.name}#{i}" for i in (1, 2, 3)]


def test_download_of_tensorboard(tmp_path: Path) -> None:
    points = [[1.6e9 + i, 5 * i, x] for i, x in enumerate(LOSS)]
    run = read(written(tmp_path, points, None, "run-a-tag-train_loss.json"))
    assert run.signals["loss"].value.tolist() == LOSS
    assert run.signals["loss"].step.tolist() == [0, 5, 10]


def test_numbers_spelled_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "log"
    huge = "1" + "0" * 400
    path.write_text(
        f'{{"loss": [NaN, "nan", Infinity, -Infinity, null, {huge}, true, "x", 0.5, 1]}}'
    )
    values = read(path).signals["loss"]
    np.testing.assert_equal(values.value, [np.nan, np.nan, np.inf, -np.inf, np.inf, 1.0, 0.5, 1.0])
    assert values.step.tolist() == [0, 1, 2, 3, 5, 6, 8, 9]


def test_last_of_equal_keys_counts(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{\n"loss": [1, 2], "loss": [3, 4]}')
    assert read(path).signals["loss"].value.tolist() == [3, 4]


def test_epochs_of_allennlp(tmp_path: Path) -> None:
    for epoch in range(12):
        one = {"epoch": epoch, "training_loss": 1 / (epoch + 1), "validation_loss": 2.0}
        written(tmp_path, one, name=f"metrics_epoch_{epoch}.json")
    written(tmp_path, {"best_epoch": 3, "training_loss": 0.5}, name="metrics.json")
    run = read(tmp_path)
    assert run.signals["loss"].step.tolist() == list(range(12))
    assert run.signals["loss"].value[-1] == 1 / 12
    assert any("at most one value" in note for note in run.notes)


REFUSED: dict[str, tuple[str, str]] = {
    "one-value-each": ('{\n "best_epoch": 9, "training_loss": 0.5}', "best_epoch, training_loss"),
    "summary-of-wandb": (
        '{"loss": 0.5, "_step": 9, "_wandb": {"runtime": 1}}',
        "at most one value",
    ),
    "names-that-break-lines": ('{\n "a\\n\\u001b[2J": 1, "loss": 2}', r'\("a  \[2J", loss\)'),
    "strings": ('{\n "labels": ["a", "b"]}', "no format"),
    "lists-of-lists": ('{\n "confusion": [[1, 2, 3, 4], [5, 6, 7, 8]]}', "no format"),
    "broken": ('{\n "loss": [1, 2], "acc" 3, [', "torn or broken|no format"),
    "deep": ("[" * 100_000, "no format"),
    "deep-and-closed": ('{\n"a":' * 5000 + "1" + "}" * 5000, "torn|no format|no list"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "log"
    path.write_text(text)
    with pytest.raises(ReadError, match=why) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neural_trainer.runs.readers.json_document._LARGEST", 10)
    with pytest.raises(ReadError, match="write JSON Lines"):
        read(written(tmp_path, LISTS))


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_torn(tmp_path: Path, cut: float) -> None:
    rows = [{"epoch": i, "loss": 1 / i, "note": "a, [b] {c"} for i in range(1, 101)]
    path = written(tmp_path, rows)
    path.write_bytes(path.read_bytes()[: int(cut * path.stat().st_size)])
    run = read(path)
    assert len(run.signals["loss"]) == pytest.approx(100 * cut, abs=1.5)
    assert "up to the last comma" in run.notes[0]


def test_longer_than_the_head(tmp_path: Path) -> None:
    many = {"loss": [1 / i for i in range(1, 20_001)], "val_loss": [0.5] * 20_000}
    for indent in (None, 1):
        assert len(read(written(tmp_path, many, indent)).signals["loss"]) == 20_000


def test_lines_of_json_are_left_to_their_reader(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    row = {"training_iteration": 1, "loss": 0.5, "hist_stats": {"reward": [1.0, 2.0]}}
    row |= {"config": {"grad_norm_clipping": None, "layers": [256, 256], "pad": "x" * 80_000}}
    for lines in (1, 3):
        path.write_text(
            "".join(json.dumps(row | {"training_iteration": i}) + "\n" for i in range(lines))
        )
        run = read(path)
        assert run.format == "json-lines"
        assert set(run.signals) == {"loss"}
        assert run.config["layers"] == [256, 256]


def _is_one_line(message: str) -> None:
    assert "\n" not in message


_NUMBER = st.one_of(st.floats(), st.integers(-(10**30), 10**30), st.none(), st.text(max_size=3))
_JSON = st.recursive(
    st.one_of(_NUMBER, st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(
            st.sampled_from(["loss", "val_loss", "0", "1", "epoch_1", "step", "columns", "data",
                             "num", "mean", "std", "mode", "history", ""]), inner, max_size=5,
        ),
    ),
    max_leaves=25,
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(document=_JSON, cut=st.floats(0.2, 1))
def test_any_document(document: Any, cut: float, tmp_path: Path) -> None:
    path = tmp_path / "log"
    text = json.dumps({"history": document}, indent=1)
    path.write_text(text[: int(cut * len(text))] or "{")
    try:
        runs = read_all(path)
    except ReadError as error:
        _is_one_line(str(error))
        return
    for run in runs:
        assert run.signals
        assert all((np.diff(s.step) > 0).all() for s in run.signals.values())


@settings(max_examples=100, deadline=None)
@given(document=_JSON, cut=st.floats(0, 1))
def test_torn_json_is_a_part_of_the_whole(document: Any, cut: float) -> None:
    text = json.dumps([document, document, 1])
    part = torn_json(text[: int(cut * len(text))])
    assert part is None or isinstance(part, list)
    find_series(part)
