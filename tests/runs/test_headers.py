"""Tables whose header is missing, a name short, or a comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.read import read

TWO_COLUMNS = {
    "steps": ("train_loss.txt", "{i}\t{y}\t", "train_loss", 1),
    "fractions-of-an-epoch": ("nohup.out", "{x}\t{y}\t", "column 2", 0.125),
    "blanks": ("curve.dat", "{i} {y}", "column 2", 1),
}


@pytest.mark.parametrize(
    ("name", "form", "metric", "stride"), TWO_COLUMNS.values(), ids=TWO_COLUMNS
)
def test_two_columns_without_a_header(
    name: str, form: str, metric: str, stride: float, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text("".join(form.format(i=i, x=i / 8, y=1 / i) + "\n" for i in range(1, 9)))
    run = read(path)
    (signal,) = (name for name, own in run.logged_as.items() if own == metric)
    assert run.axis == "step"
    assert run.signals[signal].step.tolist() == [stride * i for i in range(1, 9)]
    assert run.signals[signal].value.tolist() == [1 / i for i in range(1, 9)]
    assert run.notes == (f"no header: the columns are called step and {metric}",)


def test_more_columns_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text("".join(f"{12250 + i},{1 / i},{2 / i}\n" for i in range(1, 9)))
    run = read(path)
    assert sorted(run.signals) == ["column 2", "column 3"]
    assert run.signals["column 3"].step[0] == 12251
    assert run.notes == ("no header: the columns are called step, column 2 and column 3",)
    path.write_text("".join(f"{5 * i % 7},{1 / i},{2 / i}\n" for i in range(1, 9)))
    with pytest.raises(ReadError, match="3 columns without a header"):
        read(path)


def test_a_header_that_is_a_name_short(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("episode,wins,chips\n" + "".join(f"{i},{9 - i},0,{2 * i}\n" for i in range(4)))
    run = read(path)
    assert (run.axis, sorted(run.signals)) == ("episode", ["chips", "column 4", "wins"])
    assert run.signals["column 4"].value.tolist() == [0, 2, 4, 6]
    assert run.notes == ("the header names one column too few: the last is called column 4",)
    with path.open("a") as file:
        file.write("4,5,0")  # is being written
    assert read(path).signals["column 4"].value.tolist() == [0, 2, 4, 6]
    path.write_text("loss,acc\n" + "".join(f'"{i}",{9 - i},0.{i}\n' for i in range(1, 6)))  # R's
    run = read(path)
    assert run.signals["loss"].value.tolist() == [8, 7, 6, 5, 4]
    assert run.signals["accuracy"].step.tolist() == [1, 2, 3, 4, 5]
    assert run.notes == ()


def test_two_columns_of_which_none_rises(tmp_path: Path) -> None:
    path = tmp_path / "loss_log.txt"
    path.write_text("".join(f"{(7 * i) % 5},{1 / i}\n" for i in range(1, 9)))
    run = read(path)
    assert (run.axis, sorted(run.signals)) == ("row", ["column 1", "column 2"])
    path.rename(tmp_path / "points.csv")
    with pytest.raises(ReadError, match="2 columns without a header"):
        read(tmp_path / "points.csv")


def test_a_comment_without_a_word_names_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "lone.csv"
    path.write_text("#\n0")
    with pytest.raises(ReadError, match="1 columns without a header"):
        read(path)
