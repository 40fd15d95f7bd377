"""Input that nobody wrote in good faith: special files, races, bombs, names that are no names."""

from __future__ import annotations

import os
import socket
import sqlite3
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sound
from reader_examples import EXAMPLES, Example, log

from neural_trainer.errors import ReadError
from neural_trainer.runs.follow import Follower
from neural_trainer.runs.read import read, read_all

SACRED = '{"loss": {"steps": [1, 2], "values": [0.5, 0.25], "timestamps": []}}'
TABLE = "step,loss\n1,0.5\n2,0.25\n"
SPECIAL = ["pipe", "socket", "device", "loop", "dangling"]


def special(path: Path, kind: str) -> None:
    """Make what is no file: reading a pipe or a device of zeros would never end."""
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        # Its address has 104 bytes at most.
        with socket.socket(socket.AF_UNIX) as opened, tempfile.TemporaryDirectory() as short:
            opened.bind(f"{short}/s")
            os.replace(f"{short}/s", path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.symlink_to(path if kind == "loop" else path.parent / "nowhere")


@pytest.mark.parametrize("kind", SPECIAL)
def test_special_file_alone(kind: str, tmp_path: Path) -> None:
    special(tmp_path / "metrics.csv", kind)
    with pytest.raises(ReadError, match=r"no such file|neither a file nor a folder"):
        read(tmp_path / "metrics.csv")
    with pytest.raises(ReadError):
        Follower(tmp_path / "metrics.csv").poll()


BESIDE = [
    "other.csv", "run.json", "metrics.jsonl", "config.json", "args.yaml", "hparams.yaml",
    "params.json", "meta.yaml", "metrics", "params", "tags", "events.out.tfevents.1",
    "trainer_state.json", "metrics_epoch_0.json", "run-1.wandb", "log.csv-wal", "layers.jsonl",
]  # fmt: skip


@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.parametrize("name", ["csv", "sacred"])
def test_special_files_beside_a_log(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / EXAMPLES[name].file
    path.write_bytes(log(EXAMPLES[name]))
    for beside in BESIDE:
        if beside != path.name:
            special(tmp_path / beside, kind)
    for where in (tmp_path, path):
        (run,) = read_all(where)
        assert set(run.signals) == {"loss", "my_score"}
        (followed,) = Follower(where).poll()
        assert set(followed.signals) == {"loss", "my_score"}


def test_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "log.csv").write_text(TABLE)
    scandir = os.scandir

    def refuse(path: str | os.PathLike[str]) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "closed":  # the tests may run as root, who may read everything
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    (run,) = read_all(tmp_path)
    assert any("closed: is left out (Permission denied)" in note for note in run.notes)
    with pytest.raises(ReadError, match="Permission denied"):
        read_all(tmp_path / "closed")


def vanish(path: Path) -> None:
    path.unlink()


def grow(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data + data[len(data) // 2 :])


def shrink(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def turn_to_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("change", [vanish, grow, shrink, turn_to_zeros])
@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_file_that_changes_while_it_is_read(
    example: Example, change: Callable[[Path], None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """It changes when it is looked at for the first time, then for the second and so on."""
    path, looked = tmp_path / example.file, 0
    looks: list[tuple[Any, str]] = [(Path, "open"), (Path, "stat"), (os, "fstat")]

    def changing(look: Callable[..., Any], at: int) -> Callable[..., Any]:
        def changed(*args: Any, **more: Any) -> Any:
            nonlocal looked
            found = look(*args, **more)
            if isinstance(args[0], int) or args[0] == path:
                looked += 1
                if looked == at:
                    change(path)
            return found

        return changed

    for at in range(1, 100):
        path.write_bytes(log(example))
        looked = 0
        with monkeypatch.context() as patched:
            for home, look in looks:
                patched.setattr(home, look, changing(getattr(home, look), at))
            sound.read_soundly(path)
        if looked < at:
            break
    assert 3 <= at < 99


AROUND = {
    "json-lines": '{"step": 1, "loss": 2, "x": VALUE}\n{"step": 2, "loss": 1}\n',
    "json-document": '{"loss": [1, 0.5], "x": VALUE}',
    "trainer-state": '{"log_history": [{"step": 1, "loss": 2, "x": VALUE}, {"step": 2}]}',
    "sacred": '{"loss": {"steps": [1, 2], "values": [1, VALUE], "timestamps": []}}',
    "mlperf": ':::MLLOG {"key": "train_loss", "value": 1, "metadata": {"step_num": 1}}\n'
    ':::MLLOG {"key": "train_loss", "value": VALUE, "metadata": {"step_num": 2}}\n',
}
HUGE = {
    "lists": "[" * 10_000 + "]" * 10_000,
    "objects": '{"a": ' * 10_000 + "1" + "}" * 10_000,
    "never-closed": "[" * 10_000,
    "digits": "9" * 1_000_000,
    "digits-after-the-point": "0." + "9" * 1_000_000,
    "exponent": "1e" + "9" * 1_000_000,
    "escapes": '"' + "\\u0000" * 100_000 + '"',
}


@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("name", AROUND)
def test_huge_values_in_json(name: str, value: str, tmp_path: Path) -> None:
    path = tmp_path / sound.FILES[name]
    path.write_text(AROUND[name].replace("VALUE", value))
    sound.read_soundly(path)


@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("beside", ["run.json", "params.json", "config.json", "args.yaml"])
def test_huge_values_beside_a_log(beside: str, value: str, tmp_path: Path) -> None:
    (tmp_path / beside).write_text('{"config": VALUE}'.replace("VALUE", value))
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "loss": 2}\n{"step": 2, "loss": 1}\n')
    (run,) = sound.read_soundly(tmp_path)
    assert set(run.signals) == {"loss"}


def test_numbers_past_the_largest(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    lines = [f"step {step} | epoch 1e999 | loss {1 / step}\n" for step in range(1, 12)]
    path.write_text("".join(lines) + "step 1e999 | epoch 1e999 | loss -1e999\n" * 3)
    (run,) = sound.read_soundly(path)
    assert run.last_step == 11


def test_merge_keys_of_yaml_are_not_followed(tmp_path: Path) -> None:
    """Each line would take ten times the memory of the line before it."""
    (tmp_path / "log.csv").write_text(TABLE)
    lines = [f"l{i}: &l{i}\n  <<: [{', '.join([f'*l{i - 1}'] * 10)}]\n" for i in range(1, 30)]
    (tmp_path / "args.yaml").write_text("l0: &l0 {k: v}\n" + "".join(lines))
    (run,) = sound.read_soundly(tmp_path / "log.csv")
    assert run.config == {}
    assert "args.yaml beside it is left out" in run.notes[0]


def test_large_yaml_is_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(TABLE)
    (tmp_path / "args.yaml").write_text("lr: " + "9:" * 500_000 + "9\n")  # a number, in base 60
    (run,) = sound.read_soundly(tmp_path / "log.csv")
    assert "over 128 KiB" in run.notes[0]


def sqlite(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as database:
        for statement in (
            "CREATE TABLE runs (run_uuid, name)",
            "CREATE TABLE params (run_uuid, key, value)",
            "INSERT INTO runs VALUES ('0a', 'first')",
            *statements,
        ):
            database.execute(statement)
        database.commit()
    return path


METRICS = "CREATE TABLE metrics (run_uuid, key, value, timestamp, step)"
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) "
POINTS = NUMBERS + "INSERT INTO metrics SELECT '0a', 'loss', 1.0 / i, i, i FROM n"
SCHEMAS = {
    "triggers": [
        METRICS, POINTS,
        "CREATE TRIGGER t AFTER INSERT ON metrics BEGIN DELETE FROM runs; END",
        "CREATE VIEW tags AS SELECT load_extension('x') FROM metrics",
    ],
    "blobs": [METRICS, POINTS, "INSERT INTO metrics VALUES ('0a', zeroblob(900000), x'00', 1, 1)"],
    "keys-that-are-computed": [
        "CREATE TABLE metrics (run_uuid, value, timestamp, step,"
        " key AS (printf('%090000d', step)))",
        NUMBERS + "INSERT INTO metrics SELECT '0a', 1.0, i, i FROM n",
    ],
    "params-that-are-computed": [
        METRICS, POINTS, "DROP TABLE params",
        "CREATE TABLE params (run_uuid, key, value AS (printf('%090000d', key)))",
        NUMBERS + "INSERT INTO params SELECT '0a', i FROM n",
    ],
    "defaults": [
        METRICS, POINTS, "DROP TABLE params",
        "CREATE TABLE params (run_uuid, key)", NUMBERS + "INSERT INTO params SELECT '0a', i FROM n",
        f"ALTER TABLE params ADD COLUMN value DEFAULT '{'x' * 90_000}'",
        "DROP TABLE runs", "CREATE TABLE runs (run_uuid)",
        NUMBERS + "INSERT INTO runs SELECT i FROM n",
        f"ALTER TABLE runs ADD COLUMN name DEFAULT '{'x' * 90_000}'",
    ],
    "names-that-are-computed": [
        METRICS, POINTS, "DROP TABLE runs",
        "CREATE TABLE runs (run_uuid, name AS (printf('%090000d', 7)))",
        NUMBERS + "INSERT INTO runs SELECT i FROM n",
    ],
}  # fmt: skip


@pytest.mark.parametrize("statements", SCHEMAS.values(), ids=SCHEMAS)
def test_hostile_schemas(statements: list[str], tmp_path: Path) -> None:
    path = sqlite(tmp_path / "mlflow.db", *statements)
    before = path.read_bytes()
    tracemalloc.start()
    try:
        sound.read_soundly(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 25
    finally:
        tracemalloc.stop()
    assert path.read_bytes() == before


def test_sqlite_without_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says so of a size that damage made up."""

    def refuse(*_: object) -> None:
        raise MemoryError

    path = sqlite(tmp_path / "mlflow.db", METRICS, POINTS)
    monkeypatch.setattr("neural_trainer.runs.readers.mlflow_sqlite._metrics", refuse)
    with pytest.raises(ReadError, match=r"cannot be read \(MemoryError"):
        read(path)
