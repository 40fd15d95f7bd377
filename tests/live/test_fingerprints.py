"""Fingerprints of named data: what is taken for data, what changes one, and what time allows."""

from __future__ import annotations

import hashlib
import json
import os
from glob import glob
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from neural_trainer.live.fingerprints import MIB, SMALL_BYTES, fingerprints


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A project with some data and some folders that are no data."""
    for name in ("data/train/0.bin", "data/train/1.bin", "data/val.csv", "runs/old/metrics.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "adamw").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("config", "paths"),
    [
        pytest.param({"data": {"root": "data"}}, ["data"], id="folder"),
        pytest.param({"val": "data/val.csv"}, ["data/val.csv"], id="file"),
        pytest.param({"x": ["data/val.csv", "data"]}, ["data/val.csv"], id="written-as-a-path"),
        pytest.param({"trainData": "data"}, ["data"], id="camel-case"),
        pytest.param({"train": "data/train/*.bin"}, ["data/train/*.bin"], id="pattern"),
        pytest.param({"a": "data/val.csv", "b": "data/val.csv"}, ["data/val.csv"], id="once"),
        pytest.param({"optimizer": "adamw"}, [], id="a-word-that-is-a-folder-too"),
        pytest.param({"out_dir": "runs", "log": {"path": "runs"}}, [], id="output"),
        pytest.param({"data": "no/such.csv", "train": "*.none"}, [], id="not-there"),
        pytest.param({"data": "https://host/x.csv"}, [], id="address"),
        pytest.param({"path": "x" * 5000, "file": "a\0b", "dir": "~nobody0/x"}, [], id="no-path"),
        pytest.param({"data_file": "/dev/zero"}, [], id="device"),
    ],
)
def test_what_is_taken_for_data(files: Path, config: Any, paths: list[str]) -> None:
    assert [found["path"] for found in fingerprints(config, files)] == paths


def test_a_small_file_is_hashed_as_a_whole(files: Path) -> None:
    (found,) = fingerprints({"data": {"val": "data/val.csv"}}, files)
    assert found == {
        "named_by": "data.val",
        "path": "data/val.csv",
        "size_bytes": 12,
        "modified": (files / "data/val.csv").stat().st_mtime,
        "sha256": hashlib.sha256(b"data/val.csv").hexdigest(),
    }


def test_of_a_large_file_the_ends_are_hashed(files: Path) -> None:
    path = files / "data" / "large.bin"
    with path.open("wb") as file:
        file.write(b"a" * MIB)
        file.truncate(SMALL_BYTES)
        file.seek(SMALL_BYTES)
        file.write(b"b" * MIB)
    (found,) = fingerprints({"data": "data/large.bin"}, files)
    assert "sha256" not in found
    assert found["sha256_first_mib"] == hashlib.sha256(b"a" * MIB).hexdigest()
    assert found["sha256_last_mib"] == hashlib.sha256(b"b" * MIB).hexdigest()


def of_folder(files: Path) -> dict[str, Any]:
    (found,) = fingerprints({"data": "data"}, files)
    return found


def test_a_folder_is_hashed_over_names_and_sizes(files: Path) -> None:
    before = of_folder(files)
    assert (before["num_files"], before["size_bytes"]) == (3, 16 + 16 + 12)
    digest = hashlib.sha256(b"train/0.bin\x0016\ntrain/1.bin\x0016\nval.csv\x0012\n").hexdigest()
    assert before["sha256_names_sizes"] == digest
    os.utime(files / "data" / "val.csv", (1, 1))
    assert of_folder(files) == before
    (files / "data" / "val.csv").rename(files / "data" / "eval.csv")
    renamed = of_folder(files)
    assert renamed["sha256_names_sizes"] != before["sha256_names_sizes"]
    (files / "data" / "eval.csv").write_text("longer than before")
    assert of_folder(files)["sha256_names_sizes"] != renamed["sha256_names_sizes"]


@pytest.mark.parametrize(
    "pattern",
    ["*.csv", "data/*", "data/**/*.bin", "data/t*/[!1].b?n", "**/*", "data/x[", "d*/*/1.*"],
)
def test_a_pattern_takes_what_glob_takes(files: Path, pattern: str) -> None:
    (files / "data/train/deep").mkdir()
    (files / "data/train/deep/2.bin").write_text("x")
    (files / "data/train.1").write_text("x")
    wanted = [path for path in glob(str(files / pattern), recursive=True) if Path(path).is_file()]
    found = fingerprints({"data": pattern}, files)
    assert sum(record["num_files"] for record in found) == len(wanted)
    assert sum(record["size_bytes"] for record in found) == sum(map(os.path.getsize, wanted))


def test_a_pattern_that_finds_nothing_takes_bounded_time(files: Path) -> None:
    ticks = count()
    (found,) = fingerprints({"data": "/**/nothing"}, files, clock=lambda: 0.1 * next(ticks))
    assert found["not_hashed"] == "out of time"


def test_links_to_folders_are_not_followed_and_a_cycle_ends(files: Path) -> None:
    (files / "data" / "loop").symlink_to(files / "data")
    assert of_folder(files)["num_files"] == 3


def test_what_may_not_be_read_is_named(files: Path) -> None:
    (files / "data" / "loop").symlink_to("loop")
    assert "not_hashed" not in of_folder(files)  # a link that leads nowhere is no file
    pipe = files / "data" / "pipe.csv"
    os.mkfifo(pipe)
    assert fingerprints({"data": "data/pipe.csv"}, files) == []
    assert of_folder(files)["num_files"] == 3


def test_time_is_bounded_and_what_it_did_not_allow_is_said(files: Path) -> None:
    ticks = count()
    found = fingerprints(
        {"data": ["data", "data/val.csv", "data/train"]}, files, clock=lambda: 2.0 * next(ticks)
    )
    assert [record.get("not_hashed") for record in found] == ["out of time"]
    json.dumps(found)
