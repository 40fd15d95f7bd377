"""Whether a folder holds code that trains networks: a bounded look at manifests and imports."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator

MAX_ENTRIES = 3000  # directory entries looked at in all; about 5 ms of listing on a warm disk
MAX_FILES = 100  # files opened in all; about 5 ms
MAX_DEPTH = 4  # folders below the project, enough for src/<package>/<part>/
HEAD_BYTES = 16_384  # imports stand at the head of a file
NOTEBOOK_HEAD_BYTES = 65_536  # a cell's picture may come before the first import

SKIPPED = frozenset(
    {"node_modules", "venv", "env", "__pycache__", "site-packages", "build", "dist", "runs"}
)
PACKAGES = (
    rb"(?:pytorch[_-]lightning|tensorflow(?:-(?:cpu|gpu|macos))?"
    rb"|lightning|transformers|pytorch|torch|keras|jax|flax)"
)
MANIFEST = re.compile(
    rb"(?im)(?:^[ \t]*(?:-[ \t]*)?(?:[\w.-]+::)?|[\"'])"
    + PACKAGES
    + rb"[ \t]*(?:[<>=~!\[;@\"',#\r]|$)"
)
IMPORT = re.compile(
    rb"(?m)^[ \t]*(?:from|import)[ \t]+(?:[\w., ]{0,200},[ ]?)?" + PACKAGES + rb"(?:[ \t.,;#\r]|$)"
)
NOTEBOOK_IMPORT = re.compile(
    rb"(?m)(?:^|[\"n])[ \t]*(?:from|import)[ \t]+" + PACKAGES + rb"(?:[ \t.,;#\"\\]|$)"
)
MANIFEST_NAME = re.compile(
    r"(?:requirements[\w.-]*\.(?:txt|in)|pyproject\.toml|environment[\w.-]*\.ya?ml|setup\.(?:py|cfg)|Pipfile)$"
)


def trains_networks(folder: str) -> bool:
    """Whether `folder` is watched already, names a training framework, or imports one."""
    if os.path.isdir(os.path.join(folder, ".neural-trainer")):
        return True
    left = MAX_FILES
    for path in _candidates(folder):
        if left == 0:
            return False
        left -= 1
        if _names_a_framework(path):
            return True
    return False


def _candidates(folder: str) -> Iterator[str]:
    """Manifests, sources and notebooks, level by level, so that the nearest ones are read first."""
    level, entries_left = [folder], MAX_ENTRIES
    for _ in range(MAX_DEPTH + 1):
        files: list[str] = []
        below: list[str] = []
        for directory in level:
            entries_left -= _list(directory, entries_left, files, below)
        manifests_first = sorted(files, key=lambda path: (not _is_manifest(path), path))
        yield from manifests_first
        level = sorted(below)


def _list(directory: str, limit: int, files: list[str], below: list[str]) -> int:
    """Sort at most `limit` entries of a directory into files and folders; how many there were."""
    seen = 0
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if seen >= limit:
                    break
                seen += 1
                # Links to folders are not followed: a loop of them would have no end.
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in SKIPPED and not entry.name.startswith("."):
                        below.append(entry.path)
                elif entry.name.endswith((".py", ".ipynb")) or _is_manifest(entry.path):
                    files.append(entry.path)
    except OSError:  # unreadable or gone: a folder that cannot be listed tells nothing
        return seen
    return seen


def _is_manifest(path: str) -> bool:
    return MANIFEST_NAME.match(os.path.basename(path)) is not None


def _names_a_framework(path: str) -> bool:
    limit = NOTEBOOK_HEAD_BYTES if path.endswith(".ipynb") else HEAD_BYTES
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for a writer
            return False
        with open(path, "rb") as file:
            head = file.read(limit)
    except OSError:  # unreadable or gone: it tells nothing
        return False
    if _is_manifest(path) and MANIFEST.search(head):
        return True
    pattern = NOTEBOOK_IMPORT if path.endswith(".ipynb") else IMPORT
    return pattern.search(head) is not None
