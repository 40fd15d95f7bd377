"""The checkpoints that a run has left: which are whole, and which is the newest."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

SUFFIXES = (".pt", ".pth", ".ckpt", ".safetensors", ".npz", ".keras", ".h5", ".distcp")
_OF_TRANSFORMERS = re.compile(r".*(?:model|optimizer|scheduler).*\.bin")  # data is .bin too
MOST_ENTRIES = 20_000
DEEPEST = 6
_OF_STEP = re.compile(r"(?:checkpoint|ckpt|global_step|step|epoch|iter)[-_]?\d+", re.IGNORECASE)
_LAST_OF_TRAINER = "trainer_state.json"
_PASSED_BY = {"node_modules", "__pycache__", "site-packages", "wandb", "mlruns"}
_ZIPPED = (".pt", ".pth", ".ckpt", ".npz", ".keras")


def files_below(root: Path) -> Iterator[Path]:
    """Yield the files below a folder, hidden ones and packages passed by, in bounds."""
    entries = 0
    for where, folders, names in os.walk(root):
        depth = len(Path(where).relative_to(root).parts)
        folders[:] = [
            name for name in folders
            if depth < DEEPEST and not name.startswith(".") and name not in _PASSED_BY
            and not os.path.exists(os.path.join(where, name, "pyvenv.cfg"))
        ]  # fmt: skip
        for name in names:
            entries += 1
            if entries > MOST_ENTRIES:
                return
            yield Path(where, name)


def state_of(paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return when each file was changed and its size."""
    found = {}
    for path in paths:
        with suppress(OSError):
            status = path.stat()
            found[path] = (status.st_mtime_ns, status.st_size)
    return found


def written(root: Path, before: dict[Path, tuple[int, int]]) -> list[Path]:
    """Return the whole checkpoints below `root` that are not as `before` has them, oldest first.

    A checkpoint is a file, or a folder such as checkpoint-500 of which each file is whole.
    """
    now = state_of(path for path in files_below(root) if _is_checkpoint(path))
    new = [path for path, state in now.items() if before.get(path) != state]
    new.sort(key=lambda path: now[path])
    found = dict.fromkeys(
        path.parent if _OF_STEP.fullmatch(path.parent.name) else path for path in new
    )
    return [path for path in found if (_is_whole_folder(path) if path.is_dir() else is_whole(path))]


def _is_whole_folder(folder: Path) -> bool:
    """Return whether the files are whole, and what the Trainer writes last is there."""
    files = [path for path in files_below(folder) if _is_checkpoint(path)]
    has_last = any(folder.parent.glob(f"*/{_LAST_OF_TRAINER}"))
    if has_last and not (folder / _LAST_OF_TRAINER).is_file():
        return False
    return all(is_whole(path) for path in files)


def _is_checkpoint(path: Path) -> bool:
    return path.suffix in SUFFIXES or _OF_TRANSFORMERS.fullmatch(path.name) is not None


def is_whole(path: Path) -> bool:
    """Return whether a checkpoint was written to its end, as far as its format tells."""
    try:
        if path.suffix in _ZIPPED:
            with path.open("rb") as file:
                is_zip = file.read(2) == b"PK"
            return not is_zip or zipfile.is_zipfile(path)  # an older torch wrote a pickle
        if path.suffix == ".safetensors":
            return _is_whole_safetensors(path)
        return path.stat().st_size > 0
    except OSError:
        return False


def _is_whole_safetensors(path: Path) -> bool:
    """Return whether the file is as long as its header says (8 bytes, header, tensors)."""
    import json

    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= 100_000_000:
            return False
        try:
            header = json.loads(file.read(length))
            ends = [t["data_offsets"][1] for k, t in header.items() if k != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return False
    return path.stat().st_size >= 8 + length + max(ends, default=0)
