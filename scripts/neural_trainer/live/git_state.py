"""The state of the code: commit, what differs from it, what is not in it; bounded and masked."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise
from pathlib import Path
from threading import Timer
from typing import Any

from neural_trainer.live.masking import MASK, masked_code, masked_forms

GIT_TIMEOUT_S = 5.0  # a status of a very large tree on a cold disk; a run must not wait longer
MOST_READ_BYTES = 5_000_000  # of what git prints
MOST_DIFF = 200_000  # characters in all; some 4,000 changed lines
MOST_FILE = 40_000  # characters of one file, so that a table leaves room for the code
MOST_LINE = 1_000  # characters; a longer one is data or minified
MOST_UNTRACKED = 50

_FILE = re.compile(r"^diff --git ", re.MULTILINE)
_SECRET_FILE = re.compile(
    r"(?:^|/)(?:\.env[^/]*|\.netrc|\.pypirc|\.npmrc|id_[a-z0-9]+|[^/]*credential[^/]*|"
    r"[^/]*secret[^/]*|[^/]*\.(?:pem|key|p12|pfx|keystore|jks))$",
    re.IGNORECASE,
)


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return the commit and what differs from it; None outside a repository.

    dirty: whether tracked files differ, None where git took too long. diff: as text, of at most
    MOST_DIFF characters, binary files by name alone, secrets masked. untracked: names of the first
    files that git does not know, and how many there are.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    state: dict[str, Any] = {"commit": commit.strip(), "dirty": None}
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    if changes is None:
        return state
    state["dirty"] = bool(changes.strip())
    if state["dirty"]:
        text, state["diff_cut"] = _diff(folder)
        state["diff"], cut = shown_diff(text)
        state["diff_cut"] = state["diff_cut"] or cut
    untracked = _git(folder, "ls-files", "--others", "--exclude-standard", "--full-name", "-z")
    if untracked:
        names = untracked.rstrip("\0").split("\0")
        state["num_untracked"] = len(names)
        state["untracked"] = [masked_forms(name) for name in names[:MOST_UNTRACKED]]
    return state


def shown_diff(diff: str) -> tuple[str, bool]:
    """Return a diff without secrets, files of secrets and long lines, and whether it was cut."""
    starts = [match.start() for match in _FILE.finditer(diff)]
    shown, cut, room = [], False, MOST_DIFF
    for begin, end in pairwise([*starts, len(diff)]):
        part = _whole_lines(diff[begin:end], min(room, MOST_FILE))
        cut = cut or len(part) < end - begin
        if part:
            shown.append(_shown_file(part))
        room -= len(part)
    return "".join(shown), cut


def _whole_lines(text: str, most: int) -> str:
    """Return the start of `text`, of whole lines: half a secret is one that no pattern knows."""
    return text if len(text) <= most else text[: text.rfind("\n", 0, max(most, 0)) + 1]


def _shown_file(part: str) -> str:
    header = part.partition("\n")[0]
    names = [name.strip('"').removeprefix("a/").removeprefix("b/") for name in header.split()[2:]]
    if any(_SECRET_FILE.search(name) for name in names):
        return f"{header}\n{MASK} (left out: a file of this name holds secrets)\n"
    lines = (
        line if len(line) <= MOST_LINE else f"{line[:200]}... {len(line) - 200} more characters"
        for line in part.split("\n")
    )
    return masked_code("\n".join(lines))


def _diff(folder: Path) -> tuple[str, bool]:
    """Return the diff to the commit as git prints it, and whether it was cut, by size or time."""
    command = [
        *_command(folder), "-c", "core.quotePath=false", "diff", "HEAD",
        "--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short",
    ]  # fmt: skip
    try:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            clock = Timer(GIT_TIMEOUT_S, process.kill)
            clock.start()
            printed = process.stdout.read(MOST_READ_BYTES + 1)
            clock.cancel()
            process.kill()  # of no effect where it has printed all
    except OSError:
        return "", True
    cut = len(printed) > MOST_READ_BYTES or process.returncode != 0
    text = printed.decode("utf-8", "replace")
    return (_whole_lines(text, len(text) - 1) if cut else text), cut


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints; None where it fails, is absent or takes too long."""
    try:
        done = subprocess.run(
            [*_command(folder), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace", timeout=GIT_TIMEOUT_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _command(folder: Path) -> list[str]:
    # A repository's own config may name programs to run; a run's record starts none of them.
    quiet = ["-c", "core.fsmonitor=false", "-c", "core.pager=cat"]
    return ["git", "--no-optional-locks", *quiet, "-C", str(folder)]
