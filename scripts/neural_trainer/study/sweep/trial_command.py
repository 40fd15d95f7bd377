"""The command of one trial: the sweep's words, with a value in the place of each {setting}."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neural_trainer.study.sweep.space import Parameter

OURS = "neural-trainer"
FOLDER = "folder"  # {folder}: of the trial's run, for a command that is to write its log there
_BIN = Path(__file__).parents[4] / "bin" / OURS


def filled(
    words: Sequence[str], space: Sequence[Parameter], values: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the words with values in them; one that names a setting that is not there is left out.

    >>> filled(("a.py", "--lr={lr}"), [Parameter("lr", "float")], {"lr": 3e-05})
    ('a.py', '--lr=3e-05')
    """
    names = [re.escape(name) for name in (*(parameter.name for parameter in space), FOLDER)]
    place = re.compile(r"\{(" + "|".join(names) + r")\}")
    return tuple(
        place.sub(lambda found: _text(values[found[1]]), word)
        for word in words
        if all(name in values for name in place.findall(word))
    )


def runnable(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words with our own command where it lies, if PATH does not say."""
    if words[0] == OURS and shutil.which(OURS) is None and _BIN.exists():
        return (str(_BIN), *words[1:])
    return tuple(words)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def log_path(asked: str, folder: Path) -> str:
    """Return where a trial's log lies, {folder} in `asked` filled in."""
    return asked.replace(f"{{{FOLDER}}}", str(folder))
