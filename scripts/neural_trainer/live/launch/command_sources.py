"""The source files behind a command: its script and what that imports from beside itself."""

from __future__ import annotations

import ast
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

MOST_FILES = 200
MOST_BYTES = 2_000_000  # of one file; a larger one is data
MOST_LINES = 2_000  # of a shell script
_SHELL_SCRIPTS = (".sh", ".bash", ".slurm", ".sbatch", ".zsh")
_OURS = ("neural-trainer", "neural_trainer")  # the command, the module


@dataclass(frozen=True)
class Source:
    """One parsed file, or what stands after -c."""

    path: Path
    tree: ast.Module


@dataclass(frozen=True)
class Sources:
    """What was found. is_ours: the command is our own trainer, which needs no look."""

    files: tuple[Source, ...] = ()
    is_ours: bool = False


def sources_of(command: Sequence[str], folder: Path) -> Sources:
    """Return the Python files that `command`, run in `folder`, executes and that lie beside it."""
    if _is_our_trainer(command):
        return Sources(is_ours=True)
    found: dict[Path, Source] = {}
    waiting = list(_entries(command, folder, depth=0))
    while waiting and len(found) < MOST_FILES:
        source = waiting.pop(0)
        if source.path in found:
            continue
        found[source.path] = source
        for path in _imported(source, folder):
            if path not in found and (parsed := _parsed(path)) is not None:
                waiting.append(parsed)
    return Sources(tuple(found.values()))


def _is_our_trainer(words: Sequence[str]) -> bool:
    return any(Path(word).name in _OURS and after == "train" for word, after in pairwise(words))


def _entries(words: Sequence[str], folder: Path, depth: int) -> Iterator[Source]:
    """Yield the scripts that a command names, those inside of shell scripts too."""
    for place, word in enumerate(words):
        after = words[place + 1] if place + 1 < len(words) else ""
        path = folder / word
        source = None
        if word == "-c" and after and Path(words[0]).name.startswith("python"):
            source = _parsed_text(after, Path("-c"))
        elif word == "-m" and after:
            module = _module(after, [folder])
            source = _parsed(module) if module else None
        elif word.endswith(".py") and path.is_file():
            source = _parsed(path)
        elif word.endswith(_SHELL_SCRIPTS) and path.is_file() and depth < 2:
            for line in _shell_lines(path):
                yield from _entries(line, folder, depth + 1)
        if source is not None:
            yield source
            return  # what follows are the script's own arguments
    if words and depth == 0:
        program = shutil.which(words[0], path=None) if "/" not in words[0] else folder / words[0]
        source = _parsed(Path(program)) if program and _is_python(Path(program)) else None
        if source is not None:
            yield source


def _shell_lines(path: Path) -> Iterator[list[str]]:
    text = path.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    for line in text.splitlines()[:MOST_LINES]:
        try:
            yield shlex.split(line, comments=True)
        except ValueError:  # a quote that goes on over lines
            continue


def _is_python(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) == b"#!" and b"python" in file.readline(200)
    except OSError:
        return False


def _parsed(path: Path) -> Source | None:
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        return _parsed_text(path.read_text(encoding="utf-8", errors="replace"), path)
    except OSError:
        return None


def _parsed_text(text: str, path: Path) -> Source | None:
    try:
        return Source(path, ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):  # the run will say so itself
        return None


def _imported(source: Source, folder: Path) -> Iterator[Path]:
    """Yield the files that `source` imports from its own folder or from `folder`."""
    beside = [source.path.parent, folder] if source.path.name != "-c" else [folder]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.ImportFrom):
            above = source.path.parent
            for _ in range(node.level - 1):
                above = above.parent
            start = f"{node.module}." if node.module else ""
            for name in [node.module or "", *(f"{start}{alias.name}" for alias in node.names)]:
                if name and (path := _module(name, [above])) is not None:
                    yield path
            continue
        else:
            continue
        for name in names:
            path = _module(name, beside)
            if path is not None:
                yield path


def _module(name: str, folders: Sequence[Path]) -> Path | None:
    for folder in folders:
        place = folder.joinpath(*name.split("."))
        for path in (place.with_suffix(".py"), place / "__main__.py", place / "__init__.py"):
            if path.is_file():
                return path
    return None
