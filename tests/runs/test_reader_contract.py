"""The contract of all readers: what each makes of a log, of one that grows, is cut off or lies."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from cut_off import assert_part
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reader_examples import EXAMPLES, LOSS, STEPS, Example, Value, log, rows
from sound import read_soundly

from neural_trainer.errors import ReadError
from neural_trainer.runs.follow import Follower
from neural_trainer.runs.read import read_all
from neural_trainer.runs.readers import READERS, Reader
from neural_trainer.runs.run import Run

of_each = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
TEXTS = {name: example for name, example in EXAMPLES.items() if example.spells}
of_each_text = pytest.mark.parametrize("example", TEXTS.values(), ids=TEXTS)


def assert_reads(
    runs: Sequence[Run], example: Example, steps: Sequence[float], *columns: Sequence[float]
) -> None:
    """Hold one run to the steps and values of the example's metrics, by their own names."""
    (run,) = runs
    assert run.format == example.reader
    found = {run.logged_as[name]: series for name, series in run.signals.items()}
    for own, column in zip(example.names, columns, strict=False):
        np.testing.assert_array_equal(found[own].step, steps, err_msg=own)
        np.testing.assert_allclose(found[own].value, column, rtol=example.rtol, err_msg=own)


def told(read: Callable[[], Sequence[Run]]) -> object:
    """Return what reading tells, such that NaN equals NaN."""
    try:
        runs = read()
    except ReadError as error:
        return str(error)
    points = [
        {
            name: [
                list(map(repr, part))
                for part in (s.step, s.value, () if s.time is None else s.time)
            ]
            for name, s in run.signals.items()
        }
        for run in runs
    ]
    return [
        (run.name, run.axis, run.notes, run.events, run.config, some)
        for run, some in zip(runs, points, strict=True)
    ]


def test_there_are_readers() -> None:
    assert READERS
    assert len({reader.NAME for reader in READERS}) == len(READERS)


def test_every_reader_has_an_example() -> None:
    assert {reader.NAME for reader in READERS} == {e.reader for e in EXAMPLES.values()}


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.NAME)
def test_module(reader: Reader, tmp_path: Path) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", reader.NAME)
    assert reader.__doc__ is not None
    assert len(reader.__doc__.splitlines()) >= 3
    for name, example in EXAMPLES.items():
        own = example.reader == reader.NAME
        assert reader.sniff(log(example), tmp_path / "log") == own, name


@of_each
def test_what_was_written_is_read(example: Example, tmp_path: Path) -> None:
    path = tmp_path / example.file
    scores = [math.nan, math.inf, -math.inf, -0.0, 5e-30, 3e30, 0.1]
    spelled = {math.inf: "inf", -math.inf: "-inf"}
    cells: Sequence[Value] = scores
    if example.spells == "text":
        cells = [spelled.get(x, "nan" if x != x else x) for x in scores]
    path.write_bytes(example.write(rows(example, STEPS, LOSS, cells)))
    runs = read_all(path)
    assert_reads(runs, example, STEPS, LOSS, scores)
    (run,) = runs
    assert (run.source, run.notes) == (str(path), ())
    assert run.logged_as == {"loss": example.names[0], **{n: n for n in example.names[1:]}}
    if len(example.names) > 1:
        assert math.copysign(1, run.signals[example.names[1]].value[3]) == -1


@pytest.mark.parametrize("example", [e for e in EXAMPLES.values() if e.sparse and e.names[1:]])
def test_metrics_at_their_own_steps(example: Example, tmp_path: Path) -> None:
    path = tmp_path / example.file
    loss, score = example.names
    written = [
        (step, {loss: 1 / step, score: step / 8} if step % 5 == 0 else {loss: 1 / step})
        for step in range(1, 21)
    ]
    path.write_bytes(example.write(written))
    (run,) = read_all(path)
    assert run.signals["loss"].step.tolist() == list(range(1, 21))
    assert run.signals[score].step.tolist() == [5, 10, 15, 20]
    assert run.signals[score].value.tolist() == [0.625, 1.25, 1.875, 2.5]


NAMES = (
    "log.csv", "log.tsv", "log.json", "log.jsonl", "log.txt", "log.log", "log.npz", "log.npy",
    "log.wandb", "log.db", "events.out.tfevents.1.host", "trainer_state.json", "log",
)  # fmt: skip


@of_each
@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_lies(name: str, example: Example, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(log(example))
    (run,) = read_all(path)
    assert run.format == example.reader
    # A metric of MLflow's is named by its file alone.
    signal = run.signals["loss" if len(example.names) > 1 else name]
    assert signal.step.tolist() == list(STEPS)
    np.testing.assert_allclose(signal.value, LOSS, rtol=example.rtol)


@of_each
def test_cut_off_at_any_byte(example: Example, tmp_path: Path) -> None:
    data, path = log(example), tmp_path / example.file
    path.write_bytes(data)
    whole = read_all(path)
    for size in range(len(data)):
        os.truncate(path, len(data) - 1 - size)
        assert_part(read_soundly(path), whole)


@of_each
@pytest.mark.parametrize("head", [0, 1 << 16], ids=["read-on", "judged-anew"])
def test_read_in_pieces(
    example: Example, head: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neural_trainer.runs.follow._HEAD", head)
    data, path = log(example), tmp_path / example.file
    path.touch()
    follower = Follower(path)
    at = path.stat().st_mtime_ns
    for end in [*range(0, len(data), len(data) // 60), len(data)]:
        with path.open("ab") as file:
            file.write(data[path.stat().st_size : end])
        at += 1_000_000  # a write may fall into the same tick of the file system's clock
        os.utime(path, ns=(at, at))
        assert told(follower.poll) == told(lambda: read_all(path))
    assert_reads(follower.poll(), example, STEPS, LOSS)


@of_each
def test_of_equal_steps_the_last_counts(example: Example, tmp_path: Path) -> None:
    path = tmp_path / example.file
    path.write_bytes(example.write(rows(example, [1, 2, 3, 3, 4], [5, 4, 3, 2.5, 2], range(5))))
    assert_reads(read_all(path), example, [1, 2, 3, 4], [5, 4, 2.5, 2], [0, 1, 3, 4])


@of_each
def test_steps_that_go_back(example: Example, tmp_path: Path) -> None:
    path = tmp_path / example.file
    steps, loss = [*range(1, 21), *range(11, 31)], [*np.arange(20) / 8, *np.arange(20) / 16]
    path.write_bytes(example.write(rows(example, steps, list(map(float, loss)), steps)))
    assert_reads(read_all(path), example, range(1, 31), [*loss[:10], *loss[20:]], range(1, 31))


@of_each
def test_one_point(example: Example, tmp_path: Path) -> None:
    path = tmp_path / example.file
    path.write_bytes(log(example, 1))
    if example.alone:
        assert_reads(read_all(path), example, STEPS[:1], LOSS[:1])
    else:
        with pytest.raises(ReadError, match="no metric"):
            read_all(path)


@of_each
def test_no_point(example: Example, tmp_path: Path) -> None:
    path = tmp_path / example.file
    path.write_bytes(example.write([]))
    assert read_soundly(path) == []


@pytest.mark.parametrize("name", sorted({e.file for e in EXAMPLES.values()}))
@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\t"], ids=["nothing", "a-line", "blanks"])
def test_an_empty_file(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ReadError, match="is empty"):
        read_all(tmp_path / name)


# Traps of public logs: what each spelling says, None where nothing was logged.
SPELLINGS: Mapping[str, Mapping[str, float | None]] = {
    "JSON": {
        "NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "null": None,
        '"nan"': math.nan, '"NaN"': math.nan, '"inf"': math.inf, '"-inf"': -math.inf,
        '"Infinity"': math.inf, '"0.25"': 0.25, '" 1e-3 "': 0.001, '"N/A"': None, '""': None,
        "-0.0": -0.0, "1E+2": 100.0, "7": 7.0,
    },
    "text": {
        "nan": math.nan, "NaN": math.nan, "NAN": math.nan, "-nan": math.nan, "inf": math.inf,
        "Inf": math.inf, "-inf": -math.inf, "-0.0": -0.0, "1e-3": 0.001, "1E+2": 100.0, "7": 7.0,
    },
}  # fmt: skip
OF_TABLES: Mapping[str, float | None] = {
    "": None, "N/A": None, "None": None, "null": None, '"0.25"': 0.25, "Infinity": math.inf,
    "-Infinity": -math.inf, "+inf": math.inf, " 0.5": 0.5,
}  # fmt: skip


@of_each_text
def test_spellings_of_numbers(example: Example, tmp_path: Path) -> None:
    spelled = dict(SPELLINGS[example.spells])
    if example.reader == "delimited-table":
        spelled |= OF_TABLES
    if example is EXAMPLES["padded-csv"]:
        del spelled['"0.25"']  # blanks before a quote make it a part of the cell
    path = tmp_path / example.file
    loss, *_ = example.names
    cells = [cell for one in spelled for cell in ("0.5", one)]
    path.write_bytes(example.write([(step, {loss: y}) for step, y in enumerate(cells, 1)]))
    (run,) = read_all(path)
    series = run.signals["loss"]
    found = dict(zip(series.step.tolist(), series.value.tolist(), strict=True))
    assert found == pytest.approx(
        {
            float(step): y
            for i, one in enumerate(spelled.values())
            for step, y in ((2 * i + 1, 0.5), (2 * i + 2, one))
            if y is not None
        },
        rel=0, abs=0, nan_ok=True,
    )  # fmt: skip


ENCODINGS = {
    "utf-8-bom": lambda text: text.encode("utf-8-sig"),
    "utf-16-le": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16-be": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "carriage-returns-and-line-feeds": lambda text: text.replace("\n", "\r\n").encode(),
    "carriage-returns": lambda text: text.replace("\n", "\r").encode(),
    "zeros-at-the-end": lambda text: text.encode() + b"\0" * 100,
}


@of_each_text
@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_encodings(example: Example, encode: object, tmp_path: Path) -> None:
    assert callable(encode)
    path = tmp_path / example.file
    path.write_bytes(encode(log(example).decode()))
    assert_reads(read_all(path), example, STEPS, LOSS)


@pytest.mark.parametrize("example", [e for e in TEXTS.values() if e.names[1:]])
def test_names_in_latin_1(example: Example, tmp_path: Path) -> None:
    path = tmp_path / example.file
    path.write_bytes(log(example).replace(b"my_score", "qualit\xe9".encode("latin-1")))
    (run,) = read_all(path)
    assert run.signals["loss"].value.tolist() == LOSS
    (other,) = run.signals.keys() - {"loss"}
    assert other.endswith("qualit\ufffd")


_QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@of_each
@_QUICK
@given(
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=6
    )
)
def test_flipped_bytes(example: Example, flips: list[tuple[float, int]], tmp_path: Path) -> None:
    data, path = bytearray(log(example)), tmp_path / "log"
    for at, mask in flips:
        data[int(at * len(data))] ^= mask
    path.write_bytes(data)
    read_soundly(path)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json", ".tfevents.1", ".npz", ""])
@_QUICK
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.text('0123456789.,;\t\n -einfa{}[]:"#/', max_size=200).map(str.encode),
    )
)
def test_any_bytes(suffix: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"log{suffix}"
    path.write_bytes(data)
    read_soundly(path)


@_QUICK
@given(
    steps=st.lists(st.one_of(st.none(), st.integers(-3, 30), st.floats()), max_size=25),
    more=st.dictionaries(
        st.sampled_from(["epoch", "time", "val_loss", "mode", "iter", "data_time"]),
        st.one_of(st.floats(), st.text(max_size=3), st.none(), st.booleans()),
        max_size=4,
    ),
)
def test_any_steps(steps: list[float | None], more: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    rows = [{"step": step, "loss": i, **more} for i, step in enumerate(steps)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    read_soundly(path)
