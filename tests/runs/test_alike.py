"""Rows read together say what rows read one by one say: JSON Lines, tables, trainer states."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from neural_trainer.errors import ReadError
from neural_trainer.runs.alike import groups
from neural_trainer.runs.read import read_all
from neural_trainer.runs.run import Run

Runs = list[Run] | str


def told(path: Path) -> Runs:
    try:
        return read_all(path)
    except ReadError as error:
        return str(error)


def assert_same(one: Runs, other: Runs) -> None:
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    assert [run.name for run in one] == [run.name for run in other]
    for a, b in zip(one, other, strict=True):
        assert sorted(a.signals) == sorted(b.signals)  # each in the order first seen
        assert (a.notes, a.config, a.events, a.axis) == (b.notes, b.config, b.events, b.axis)
        assert a.logged_as == b.logged_as
        for name in a.signals:
            for part in ("step", "value", "time"):
                first, second = getattr(a.signals[name], part), getattr(b.signals[name], part)
                np.testing.assert_array_equal(first, second)


SPELLINGS: dict[str, Callable[[random.Random], str]] = {
    "float": lambda r: repr(r.gauss(0, 1)),
    "small": lambda r: repr(r.random() * 10.0 ** r.randint(-12, 0)),
    "integer": lambda r: str(r.randint(-5, 2000)),
    "fixed": lambda r: f"{r.gauss(0, 10):.4f}",
    "not-finite": lambda r: r.choice(["NaN", "Infinity", "-Infinity", "0.5"]),
    "quoted": lambda r: json.dumps(r.choice(["nan", "inf", "12/299", "0:01:30", "6.29G", "7"])),
    "words": lambda r: json.dumps(r.choice(["adam", "a1", "b-2", "2024-01-02 03:04:05", "x{"])),
    "other": lambda r: r.choice(["null", "true", "false", "[1, 2.5]", "{}", '{"b": 1.5, "7": 2}']),
    "dates": lambda r: json.dumps(f"2024-01-{r.randint(10, 28)} 0{r.randint(0, 9)}:00"),
}


def json_lines(seed: int) -> str:
    rng = random.Random(seed)
    names = ["loss", "lr", "train/acc1", "layers.0.norm", "eval", "note", "mode", "a b"]
    kinds = [
        [(name, rng.choice(list(SPELLINGS))) for name in rng.sample(names, rng.randint(1, 6))]
        for _ in range(rng.randint(1, 3))
    ]
    lines = []
    for step in range(rng.choice([5, 40, 300])):
        cells = [f'"step": {step}'] if rng.random() < 0.98 else []
        cells += [f'"{name}": {SPELLINGS[kind](rng)}' for name, kind in rng.choice(kinds)]
        lines.append("{" + ", ".join(cells) + "}")
        if rng.random() < 0.02:
            torn = lines[-1][:-3]
            lines.append(rng.choice(["", "# note", "torn {", "[1]", torn, '{"step": "a}"}']))
    return "\n".join(lines) + rng.choice(["", "\n", '\n{"st'])


def table(seed: int) -> str:
    rng = random.Random(seed)
    width, delimiter = rng.randint(2, 6), rng.choice([",", ",", "\t", ";", " , "])
    forms: list[Callable[[], str]] = [
        lambda: repr(rng.gauss(0, 1)),
        lambda: f"{rng.gauss(0, 9):.3f}",
        lambda: str(rng.randint(0, 99)),
        lambda: rng.choice(["", "", "0.5"]),
        lambda: rng.choice(
            ["nan", "inf", "6.29G", "12/299", "00:12", "word", "1_000", '"0.25"', '"a,b"']
        ),
        lambda: f"{rng.random():.3e}",
        lambda: f"  {rng.random():8.5f} ",
    ]
    columns = [rng.choice(forms) for _ in range(width - 1)]
    header = delimiter.join(["step", *(f"m{i}" for i in range(width - 1))])
    lines = [header]
    for step in range(rng.choice([6, 60, 400])):
        lines.append(delimiter.join([str(step), *(form() for form in columns)]))
        if rng.random() < 0.02:
            odd = ["", "#c", "# {}", '#{"a": 1}', "1,2", ",,", header, "x,y,z", lines[-1] + ","]
            lines.append(rng.choice(odd))
    return "\n".join(lines) + rng.choice(["", "\n", "\n7", '\n"'])


def trainer_state(seed: int) -> str:
    rng = random.Random(seed)
    rows: list[dict[str, object]] = []
    for step in range(rng.choice([3, 60])):
        row: dict[str, object] = {"epoch": step / 7, "loss": rng.gauss(2, 1), "step": step}
        if rng.random() < 0.1:
            row = {"eval_loss": rng.choice([0.5, float("nan"), 3]), "step": step}
        if rng.random() < 0.01:
            row["extra"] = rng.choice(["}", "a]", {"x": 1}, [1, 2], None, "{"])
        rows.append(row)
    state = {"global_step": 9, "log_history": rows, "max_steps": 10}
    text = json.dumps(state, indent=rng.choice([2, None]))
    return text if rng.random() < 0.9 else text[: rng.randint(0, len(text))]


WRITTEN = {
    "json-lines": (json_lines, "log.jsonl"),
    "table": (table, "log.csv"),
    "trainer-state": (trainer_state, "trainer_state.json"),
}
TOGETHER = {
    "neural_trainer.runs.readers.trainer_state._FEW": 4,
    "neural_trainer.runs.readers.delimited._FEW": 1,
}
ONE_BY_ONE = {
    "neural_trainer.runs.alike._FEW": 1 << 30,
    "neural_trainer.runs.readers.trainer_state._FEW": 1 << 30,
    "neural_trainer.runs.readers.delimited.grid": lambda *_: None,
}


@contextmanager
def patched(values: Mapping[str, object]) -> Iterator[None]:
    with ExitStack() as stack:
        for target, value in values.items():
            stack.enter_context(patch(target, value))
        yield


@pytest.mark.parametrize("block", [1 << 20, 300], ids=["whole", "in-blocks"])
@pytest.mark.parametrize(("write", "name"), WRITTEN.values(), ids=WRITTEN)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 1 << 32))
@example(seed=427713)  # torn: both say where
def test_together_as_one_by_one(
    write: Callable[[int], str], name: str, block: int, seed: int, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(write(seed))
    with patched({**TOGETHER, "neural_trainer.runs.lines._BLOCK": block}):
        together = told(path)
    with patched(ONE_BY_ONE):
        assert_same(together, told(path))


def test_rows_of_one_form_are_read_together() -> None:
    lines = [f'{{"step": {i}, "loss": {1 / (i + 1)!r}, "note": "run 7"}}' for i in range(100)]
    lines[50] = '{"step": 50, "loss": null}'
    block = "\n".join(lines).encode()
    stop = np.cumsum([len(line) + 1 for line in lines]) - 1
    (group,), alone = groups(block, np.append(0, stop[:-1] + 1), stop)
    assert alone.tolist() == [50]
    assert len(group.row) == 99
    assert group.first == {"step": 0, "loss": 1.0, "note": "run 7"}
    assert list(group.columns) == ["step", "loss"]
