"""Files of a run folder: whole lines, whole files, and no word JSON does not know."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from neural_trainer.errors import ReadError
from neural_trainer.live.run_folder import (
    METRICS_FILE,
    RUN_FILE,
    LineFile,
    free_folder,
    holds_run,
    jsonable,
    last_folder,
    read_lines,
    write_json,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param(1.5, 1.5, id="number"),
        pytest.param(math.nan, "nan", id="nan"),
        pytest.param(math.inf, "inf", id="inf"),
        pytest.param(-math.inf, "-inf", id="minus-inf"),
    ],
)
def test_jsonable(value: float, written: float | str) -> None:
    assert jsonable(value) == written
    assert math.isnan(float(written)) or float(written) == value


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        pytest.param(b'{"a": 1}\n', b'{"a": 1}\n', id="whole"),
        pytest.param(b'{"a": 1}\n{"a": 2', b'{"a": 1}\n', id="torn"),
        pytest.param(b'{"a": 1', b"", id="only-a-torn-line"),
        pytest.param(b"", b"", id="empty"),
        pytest.param(b'{"a": 1}\n' + b"x" * 200_000, b'{"a": 1}\n', id="torn-and-long"),
    ],
)
def test_a_torn_line_is_cut_off_before_appending(
    tmp_path: Path, before: bytes, kept: bytes
) -> None:
    path = tmp_path / METRICS_FILE
    path.write_bytes(before)
    file = LineFile(path)
    file.append({"b": 3})
    file.close()
    assert path.read_bytes() == kept + b'{"b": 3}\n'


def test_a_new_file_must_be_new(tmp_path: Path) -> None:
    LineFile(tmp_path / METRICS_FILE, new=True).close()
    with pytest.raises(FileExistsError):
        LineFile(tmp_path / METRICS_FILE, new=True)


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param({}, id="none"),
        pytest.param({"loss": 0.1, "lr": 1e-300, "large": 1e300, "whole": 3.0}, id="finite"),
        pytest.param({"loss": math.nan, "lr": 0.1, "norm": -math.inf}, id="not-finite"),
        pytest.param({"a": 1e308, "b": 1e308}, id="sum-overflows"),
        pytest.param({'100 %s "x"\n\u00e9': 1.0}, id="odd-name"),
    ],
)
@pytest.mark.parametrize("step", [7, 2.5])
def test_numbers_are_written_as_json_writes_them(
    tmp_path: Path, numbers: dict[str, float], step: float
) -> None:
    path = tmp_path / METRICS_FILE
    file = LineFile(path)
    file.append_numbers(step, 1790000000.25, numbers)
    file.close()
    told = {name: jsonable(value) for name, value in numbers.items()}
    expected = json.dumps({"step": step, "time": 1790000000.25, **told})
    assert path.read_text() == expected + "\n"


def test_a_line_is_in_the_file_before_append_returns(tmp_path: Path) -> None:
    path = tmp_path / METRICS_FILE
    file = LineFile(path)
    for step in range(5):
        file.append({"step": step})
        assert [line["step"] for line in read_lines(path)] == list(range(step + 1))
    file.close()
    file.close()


def test_read_lines_leaves_out_a_torn_last_line_and_names_a_bad_one(tmp_path: Path) -> None:
    path = tmp_path / METRICS_FILE
    assert list(read_lines(path)) == []
    path.write_text('{"a": 1}\n{"a": ')
    assert list(read_lines(path)) == [{"a": 1}]
    path.write_text('{"a": 1}\nnonsense\n{"a": 2}\n')
    with pytest.raises(ReadError, match="line 2"):
        list(read_lines(path))


def test_write_json_replaces_at_once_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / RUN_FILE
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"a": math.nan})
    assert json.loads(path.read_text()) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == [RUN_FILE]


@pytest.mark.parametrize("name", [RUN_FILE, METRICS_FILE])
def test_holds_run(tmp_path: Path, name: str) -> None:
    assert not holds_run(tmp_path)
    (tmp_path / name).write_text("")
    assert holds_run(tmp_path)


@pytest.mark.parametrize(
    ("held", "free", "last"),
    [
        pytest.param([], "a", "a", id="none"),
        pytest.param(["a"], "a-2", "a", id="one"),
        pytest.param(["a", "a-2", "a-3"], "a-4", "a-3", id="several"),
        pytest.param(["a-2"], "a", "a-2", id="first-gone"),
    ],
)
def test_the_next_and_the_last_folder_of_a_name(
    tmp_path: Path, held: list[str], free: str, last: str
) -> None:
    for name in held:
        (tmp_path / name).mkdir()
        (tmp_path / name / RUN_FILE).write_text("")
    (tmp_path / "a-9").mkdir()
    assert free_folder(tmp_path, "a") == tmp_path / free
    assert last_folder(tmp_path, "a") == tmp_path / last
