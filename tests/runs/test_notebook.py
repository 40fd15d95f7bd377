"""Notebooks: the trainings that their cells show, whatever printed them."""

# ruff: noqa: E501

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.html_tables import with_tables_as_text
from neural_trainer.runs.read import read_all
from neural_trainer.runs.readers import notebook
from neural_trainer.runs.run import Run


def printed(text: str) -> dict[str, object]:
    """Return a code cell that printed `text`, in lines as notebooks are saved."""
    stream = {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}
    return {"cell_type": "code", "source": ["train()"], "outputs": [stream]}


def shown(**data: str) -> dict[str, object]:
    output = {
        "output_type": "display_data",
        "data": {f"text/{kind}": text for kind, text in data.items()},
    }
    return {"cell_type": "code", "source": ["trainer.train()"], "outputs": [output]}


def table(header: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"      <th>{cell}</th>\n" for cell in header)
    body = "".join(
        "    <tr>\n" + "".join(f"      <td>{c}</td>\n" for c in row) + "    </tr>\n" for row in rows
    )
    return (
        '<div>\n<progress value="9" max="9"></progress>\n [9/9 00:12, Epoch 3/3]\n</div>\n'
        f'<table border="1" class="dataframe">\n  <thead>\n <tr style="text-align: left;">\n{head}    </tr>\n  </thead>\n'
        f"  <tbody>\n{body}  </tbody>\n</table><p>"
    )


TRAINER = table(
    ["Epoch", "Training Loss", "Validation Loss", "Accuracy"],
    [
        ["1", "No log", "0.9", "0.5"],
        ["2", "0.800000", "0.7", "0.6"],
        ["3", "0.600000", "0.65", "0.7"],
    ],
)
LINES = "".join(f"Epoch {e}: loss {1 / e}\n" for e in (1, 2, 4))
PROSE: dict[str, object] = {"cell_type": "markdown", "source": ["# step 5 loss 0.5"]}


def _read(tmp_path: Path, *cells: dict[str, object]) -> list[Run]:
    path = tmp_path / "study.ipynb"
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [PROSE, *cells]}
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return read_all(path)


def _values(run: Run, name: str) -> dict[float, float]:
    series = run.signals[name]
    return dict(zip(series.step.tolist(), series.value.tolist(), strict=True))


def test_lines(tmp_path: Path) -> None:
    (run,) = _read(tmp_path, printed("using cpu\n" + LINES))
    assert (run.name, run.format, run.axis) == ("study", "notebook", "epoch")
    assert run.source == str(tmp_path / "study.ipynb")
    assert _values(run, "loss") == {1: 1, 2: 0.5, 4: 0.25}


def test_keras(tmp_path: Path) -> None:
    bars = "".join(
        f"Epoch {e}/2\n 1/9 [=>...] - ETA: 1s - loss: 9.0\b\b\b\b\r9/9 [=====] - 1s 2ms/step - loss: {2 / e} - val_loss: {3 / e}\n"
        for e in (1, 2)
    )
    (run,) = _read(tmp_path, printed(bars))
    assert _values(run, "loss") == {1: 2, 2: 1}
    assert _values(run, "eval/loss") == {1: 3, 2: 1.5}


def test_the_table_of_a_trainer(tmp_path: Path) -> None:
    (run,) = _read(tmp_path, shown(html=TRAINER, plain="<IPython.core.display.HTML object>"))
    assert _values(run, "loss") == {2: 0.8, 3: 0.6}
    assert _values(run, "eval/loss") == {1: 0.9, 2: 0.7, 3: 0.65}
    assert _values(run, "eval/accuracy") == {1: 0.5, 2: 0.6, 3: 0.7}


def test_the_table_of_fastai(tmp_path: Path) -> None:
    rows = [
        ["0", "0.8", "0.7", "0.5", "00:12"],
        ["1", "0.6", "0.5", "0.6", "00:11"],
    ]
    html = table(["epoch", "train_loss", "valid_loss", "error_rate", "time"], rows)
    (run,) = _read(tmp_path, shown(html=html))
    assert _values(run, "loss") == {0: 0.8, 1: 0.6}
    assert _values(run, "eval/loss") == {0: 0.7, 1: 0.5}
    assert run.signals["val/error_rate"].value.tolist() == [0.5, 0.6]


def test_each_training_is_a_run(tmp_path: Path) -> None:
    one = printed("Test loss: 0.30\nTest accuracy: 0.90\nTest loss: 0.30\n")
    runs = _read(tmp_path, printed(LINES), one, shown(html=TRAINER), printed(LINES))
    assert [run.name for run in runs] == ["study#1", "study#2", "study#3"]
    assert [len(run.signals["loss"]) for run in runs] == [3, 2, 3]


@pytest.mark.parametrize(
    "cell",
    [
        shown(html="<table><tr><th></th><th>loss</th><th>acc</th></tr><tr><th>mean</th><td>1</td><td>2</td></tr></table>"),
        shown(html="<table><tr><th>name</th><th>age</th></tr><tr><td>5</td><td>7</td></tr></table>"),
        shown(plain="0.5"),
        printed("done\n"),
        {"cell_type": "code", "source": [LINES], "outputs": []},
        {"cell_type": "code", "source": [], "outputs": [{"output_type": "error", "traceback": [LINES]}]},
    ],
    ids=["statistics", "data", "a-number", "words", "source-alone", "traceback"],
)  # fmt: skip
def test_no_training(cell: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"no metric in the outputs of its cells"):
        _read(tmp_path, cell)


def test_a_history_in_a_frame(tmp_path: Path) -> None:
    html = table(["", "loss", "val_loss"], [[str(i), f"{1 / (i + 1)}", "0.5"] for i in range(3)])
    (run,) = _read(tmp_path, shown(html=html))
    assert run.signals["loss"].value.tolist() == [1, 0.5, 1 / 3]


def test_an_export(tmp_path: Path) -> None:
    path = tmp_path / "study.md"
    path.write_text(f"# Study\n\nWe train.\n\n{TRAINER}\n\nIt works.\n")
    (run,) = read_all(path)
    assert run.format == "notebook"
    assert _values(run, "eval/loss") == {1: 0.9, 2: 0.7, 3: 0.65}


def test_a_page_without_a_training_is_none(tmp_path: Path) -> None:
    page = (
        "<table><tr><th>Method</th><th>Accuracy</th></tr><tr><td>ours</td><td>0.9</td></tr></table>"
    )
    assert not notebook.sniff(page.encode(), tmp_path / "page.html")


def test_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "study.ipynb"
    whole = json.dumps({"nbformat": 4, "cells": [printed(LINES)], "cell_type": ""})
    path.write_text(whole[:-5])
    with pytest.raises(ReadError, match="no whole JSON"):
        read_all(path)


def test_entities_and_bars_in_cells() -> None:
    source = "<table><tr><th>epoch</th><th>loss</th></tr><tr><td>1&nbsp;</td><td><b>0.5</b></td></tr></table>"
    assert with_tables_as_text(source) == "\n| epoch | loss |\n| 1 | 0.5 |\n"


@pytest.mark.parametrize(
    "source",
    ["<table" * 50_000 + "</table>", "</table>" + "<table>" * 50_000, "<table>" + "<tr" * 50_000 + "</table>",
     "<table>" + "<td>" * 50_000 + "</table>", "<" * 100_000 + "<table></table>"],
    ids=["tables", "open-tables", "rows", "cells", "brackets"],
)  # fmt: skip
def test_what_is_never_closed_is_passed_over(source: str) -> None:
    assert "|" not in with_tables_as_text(source)
