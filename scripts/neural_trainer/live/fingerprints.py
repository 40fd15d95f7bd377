"""Fingerprints of the data that a config names: enough to see that it has changed since."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from glob import has_magic
from itertools import islice
from pathlib import Path
from typing import Any

MIB = 1 << 20
SMALL_BYTES = 16 * MIB  # hashed as a whole: 10 ms at 1.5 GB/s
MOST_SECONDS = 5.0  # for all of them together; a run must not wait longer for its record
MOST_PATHS = 100  # named in one config
MOST_FILES = 100_000  # of one folder

_OUTPUT = (
    "out", "output", "save", "log", "logs", "logging", "run", "runs", "checkpoint", "checkpoints",
    "ckpt", "cache", "tmp", "temp", "results", "tensorboard", "wandb", "mlruns", "profile",
)  # fmt: skip
_DATA = (
    "data", "dataset", "datasets", "train", "val", "valid", "validation", "eval", "test", "corpus",
    "file", "files", "path", "paths", "dir", "folder", "root", "split", "images", "labels",
)  # fmt: skip


def fingerprints(
    config: Any, folder: Path, *, clock: Callable[[], float] = time.monotonic
) -> list[dict[str, Any]]:
    """Return a fingerprint of each file and folder that a plain config names, from `folder` on.

    A value names data where something is at that path, it is written as a path or its key speaks
    of data, and no key above it speaks of output. Of a file: size, time of change, SHA-256 of the
    whole or, where it is large, of the first and last MiB. Of a folder or a pattern: number of
    files, size, SHA-256 over sorted names and sizes. `not_hashed` says what time did not allow.
    """
    until = clock() + MOST_SECONDS
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for key, text in islice(_named(config, ()), 20_000):
        if len(found) >= MOST_PATHS or clock() >= until:
            break
        path = _data_path(key, text, folder)
        if path is None or str(path) in seen:
            continue
        seen.add(str(path))
        record = _fingerprint(path, lambda: clock() >= until)
        if record is not None:
            found.append({"named_by": ".".join(key), "path": text, **record})
    return found


def _named(config: Any, key: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every string of a plain config with the keys above it."""
    if isinstance(config, dict):
        for name, value in config.items():
            yield from _named(value, (*key, name))
    elif isinstance(config, list):
        for value in config:
            yield from _named(value, key)
    elif isinstance(config, str) and config:
        yield key, config


def _data_path(key: tuple[str, ...], text: str, folder: Path) -> Path | None:
    """Return the path that `text` names, a pattern as it stands; None where it names no data."""
    words = {word for name in key for word in _words(name)}
    is_path = "/" in text or os.sep in text or bool(Path(text).suffix)
    if len(text) > 4096 or "\0" in text or "://" in text or "\n" in text:
        return None
    if words & set(_OUTPUT) or not (is_path or words & set(_DATA)):
        return None
    try:
        path = folder / Path(text).expanduser()
        return path if path.exists() or has_magic(text) else None
    except (OSError, RuntimeError, ValueError):  # a name too long, a home that is none
        return None


def _words(name: str) -> list[str]:
    """Return the words of a key, in lower case.

    >>> _words("trainData_path-0")
    ['train', 'data', 'path', '0']
    """
    spaced = "".join(f" {letter}" if letter.isupper() else letter for letter in name)
    return "".join(c if c.isalnum() else " " for c in spaced).lower().split()


def _fingerprint(path: Path, is_late: Callable[[], bool]) -> dict[str, Any] | None:
    try:
        if not path.exists():
            return _of_files(_matches(path, is_late), is_late)
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return _of_files(_files_below(path, is_late), is_late)
        if stat.S_ISREG(status.st_mode):  # to read a pipe or a device would take from it
            return _of_file(path, status, is_late)
    except OSError as error:
        return {"not_hashed": error.strerror or repr(error)}
    return None


def _of_file(path: Path, status: os.stat_result, is_late: Callable[[], bool]) -> dict[str, Any]:
    record: dict[str, Any] = {"size_bytes": status.st_size, "modified": status.st_mtime}
    with path.open("rb") as file:
        if status.st_size > SMALL_BYTES:
            record["sha256_first_mib"] = hashlib.sha256(file.read(MIB)).hexdigest()
            file.seek(-MIB, os.SEEK_END)
            record["sha256_last_mib"] = hashlib.sha256(file.read(MIB)).hexdigest()
            return record
        digest = hashlib.sha256()
        while block := file.read(MIB):
            digest.update(block)
            if is_late():
                return {**record, "not_hashed": "out of time"}
        record["sha256"] = digest.hexdigest()
    return record


def _of_files(
    files: Iterator[tuple[str, os.stat_result]], is_late: Callable[[], bool]
) -> dict[str, Any] | None:
    """Return number, size and hash of files; None where there are none at all."""
    listed, cut = [], ""
    for name, status in files:
        listed.append((os.fsencode(name), status.st_size))
        if len(listed) >= MOST_FILES or is_late():
            cut = f"more than {len(listed)} files" if len(listed) >= MOST_FILES else "out of time"
            break
    if not listed:
        return None
    record = {"num_files": len(listed), "size_bytes": sum(size for _, size in listed)}
    if cut:
        return {**record, "not_hashed": cut}
    digest = hashlib.sha256()
    for name_bytes, size in sorted(listed):
        digest.update(name_bytes + b"\0%d\n" % size)
    return {**record, "sha256_names_sizes": digest.hexdigest()}


def _files_below(
    folder: Path, is_late: Callable[[], bool], most_depth: int = 1_000
) -> Iterator[tuple[str, os.stat_result]]:
    """Yield path from `folder` and status of each file below it; links to folders are not taken."""
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        with os.scandir(folder / inside) as entries:
            for entry in entries:
                if is_late():
                    raise TimeoutError(None, "out of time")
                name = f"{inside}/{entry.name}" if inside else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if name.count("/") + 1 < most_depth:
                        waiting.append(name)
                elif _is_file(entry):
                    yield name, entry.stat()


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False


def _matches(pattern: Path, is_late: Callable[[], bool]) -> Iterator[tuple[str, os.stat_result]]:
    """Yield what a pattern matches, as `_files_below` does from its last folder without a wildcard.

    glob looks for as long as it takes to find the next match, or none.
    """
    parts = pattern.parts
    first = next(number for number, part in enumerate(parts) if has_magic(part))
    folder, wanted = Path(*parts[:first]), parts[first:]
    if not folder.is_dir():
        return
    steps = [".*" if part == "**" else _one_level(part) for part in wanted]
    whole = re.compile("/".join(steps).replace(".*/", "(?:.*/)?"))
    depth = 1_000 if "**" in wanted else len(wanted)
    for name, status in _files_below(folder, is_late, depth):
        if whole.fullmatch(name):
            yield name, status


def _one_level(part: str) -> str:
    """Return the expression for a part of a pattern, in which a wildcard goes over no slash."""
    marks = {"*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*|\?|\[!?[^]]+\])", part)
    return "".join(
        marks.get(piece) or (piece.replace("[!", "[^") if piece[:1] == "[" else re.escape(piece))
        for piece in pieces
    )
