"""What a careful person looks at in the second before a run: disk, memory, GPUs, paths, git."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from neural_trainer.live.git_state import git_state
from neural_trainer.live.launch.gpus import Gpus
from neural_trainer.live.launch.machine import LOW_DISK, LOW_MEMORY, memory
from neural_trainer.runs.plain_text import printable

BUSY_GPU = 0.1  # share of its memory: a desktop and a CUDA context take less on most cards
_INPUT = re.compile(r"data|dataset|train|valid|config|checkpoint|ckpt|resume|tokenizer|vocab", re.I)
_NO_INPUT = re.compile(r"out|save|log|dir$|name|num|size|steps|epochs|every|split|workers|type")


class Check(NamedTuple):
    """One check. state: "warning" is told, "failed" keeps the run from starting."""

    name: str
    state: Literal["ok", "warning", "failed"]
    found: str


def quick_checks(command: Sequence[str], folder: Path, gpus: Gpus) -> list[Check]:
    """Return what was found of the machine, the paths in `command` and the code in `folder`."""
    return [_disk(folder), _memory(), *_gpus(gpus), *_paths(command, folder), *_git(folder)]


def _disk(folder: Path) -> Check:
    disk = shutil.disk_usage(folder)
    found = f"{disk.free / 1e9:.1f} of {disk.total / 1e9:.1f} GB free"
    if not disk.free:
        return Check("disk", "failed", found)
    return Check("disk", "warning" if disk.free < 5 * LOW_DISK * disk.total else "ok", found)


def _memory() -> Check:
    free, total = memory()
    if free is None or not total:
        return Check("memory", "warning", "not known here without psutil: pip install psutil")
    found = f"{free / 1e9:.1f} of {total / 1e9:.1f} GB free"
    return Check("memory", "warning" if free < 5 * LOW_MEMORY * total else "ok", found)


def _gpus(gpus: Gpus) -> Iterator[Check]:
    if gpus.note:
        yield Check("gpu", "ok", gpus.note)
    for gpu in gpus.look():
        free = gpu.total_bytes - gpu.used_bytes
        taken = gpu.used_bytes > BUSY_GPU * gpu.total_bytes
        found = f"{gpu.number}: {free / 1e9:.1f} of {gpu.total_bytes / 1e9:.1f} GB free"
        found += "; another process holds the rest" if taken else ""
        yield Check("gpu", "warning" if taken else "ok", found)


def _paths(command: Sequence[str], folder: Path) -> Iterator[Check]:
    """Yield a warning for each option that names an input which is not there."""
    words = [part for word in command for part in _option(word)]
    for option, value in zip(words, [*words[1:], ""], strict=True):
        name = option.lstrip("-")
        if not option.startswith("--") or value.startswith("-") or not _INPUT.search(name):
            continue
        is_path = value.startswith(("/", "./", "../", "~")) or re.search(r"\.\w{1,12}$", value)
        if _NO_INPUT.search(name) or not is_path:
            continue
        if not (folder / Path(value).expanduser()).exists():
            yield Check("paths", "warning", f"{printable(option)} {printable(value)} is not there")


def _option(word: str) -> list[str]:
    name, equals, value = word.partition("=")
    return [name, value] if equals and name.startswith("--") else [word]


def _git(folder: Path) -> Iterator[Check]:
    state = git_state(folder)
    if state is None:
        yield Check("git", "warning", "not a git repository: the code of the run is not on record")
        return
    dirty = state["dirty"]
    found = f"commit {state['commit'][:10]}"
    found += ", with changes that run.json records" if dirty else ""
    yield Check("git", "ok", found)


def failures(checks: Sequence[Check]) -> str:
    """Return what keeps the run from starting, as one line; "" if nothing does."""
    return "; ".join(f"{check.name}: {check.found}" for check in checks if check.state == "failed")


def is_writable(folder: Path) -> bool:
    """Return whether a run folder can be made below `folder` or its nearest parent."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)
