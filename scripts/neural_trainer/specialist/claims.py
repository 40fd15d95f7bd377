"""Whether what an answer claims stands where it says: lines of code, numbers, commands, files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

MOST = 12  # told at once
LARGEST = 2 * 1024 * 1024  # bytes of a source file that is looked into
FEWEST_DIGITS = 3  # of a number that is looked for: shorter ones stand everywhere
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w])")


def not_in_code(causes: Iterable[Mapping[str, Any]], roots: Iterable[Path]) -> list[str]:
    """Return the lines of code that are cited and do not stand there.

    roots: the files and folders of the case; nothing else is looked into.
    """
    allowed = [root.resolve() for root in roots]
    found = []
    for cause in causes:
        for cited in cause.get("code", ()):
            path = Path(cited["file"]).resolve()
            at = f"{cause['cause']}: {cited['file']} line {cited['line']}"
            if not any(root in (path, *path.parents) for root in allowed):
                found.append(f"{at} is not in the code of the case")
            elif not _stands_there(path, cited["line"], cited["text"]):
                found.append(f"{at} does not hold {cited['text'][:80]!r}")
    return found[:MOST]


def not_measured(causes: Iterable[Mapping[str, Any]], printed: str) -> list[str]:
    """Return the numbers of evidence that nothing printed in the session holds.

    A number agrees with one that was printed if that one rounds to it, as itself or in percent.
    """
    known = [float(number) for number in _NUMBER.findall(printed)]
    known += [100 * number for number in known]
    return [
        f"{cause['cause']}: {number} in the evidence was not printed by the tool"
        for cause in causes
        for sentence in (*cause["evidence"], *cause["against"])
        for number in _numbers(sentence)
        if not _held(number, known)
    ][:MOST]


def not_run(commands: Iterable[str], ran: Iterable[str]) -> list[str]:
    """Return the commands that an answer quotes and that did not run in the session."""
    did = {" ".join(command.split()) for command in ran}
    return [
        f"{command!r} did not run in this session"
        for command in dict.fromkeys(commands)
        if " ".join(command.split()) not in did
    ][:MOST]


def not_as_written(changes: Iterable[Mapping[str, Any]], written: Iterable[str]) -> list[str]:
    """Return where the files that an answer names are not those that were written."""
    named = {str(Path(change["file"]).absolute()) for change in changes}
    did = set(written)
    return [
        *(f"{file} is among code_changes and was not written" for file in sorted(named - did)),
        *(f"{file} was written and is not among code_changes" for file in sorted(did - named)),
    ][:MOST]


def _stands_there(path: Path, line: int, text: str) -> bool:
    if not path.is_file() or path.stat().st_size > LARGEST:
        return False
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return line <= len(lines) and _squeezed(text.splitlines()[0]) in _squeezed(lines[line - 1])


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _numbers(sentence: str) -> Iterator[str]:
    for number in _NUMBER.findall(sentence):
        digits = re.sub(r"[eE].*|[-+.]", "", number).strip("0")
        if len(digits) >= FEWEST_DIGITS:
            yield number


def _held(number: str, known: Iterable[float]) -> bool:
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    half = 0.5 * 10.0**-decimals * (1 + 1e-9)
    return any(abs(abs(value) - abs(float(number))) <= half for value in known)
