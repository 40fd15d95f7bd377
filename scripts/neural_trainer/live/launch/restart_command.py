"""The command of a restart: the first one, with what makes it go on from its checkpoint."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

PLACE = "{checkpoint}"


def restart_command(
    command: Sequence[str], restart_with: str, checkpoints: Sequence[Path]
) -> list[str]:
    """Return `command` and the words of `restart_with`, the newest checkpoint put in its place.

    Where a checkpoint is wanted and there is none, the command starts from its beginning.

    >>> restart_command(["a"], "--resume {checkpoint}", [Path("b.pt")])
    ['a', '--resume', 'b.pt']
    """
    if PLACE in restart_with and not checkpoints:
        return list(command)
    words = shlex.split(restart_with)
    newest = str(checkpoints[-1]) if checkpoints else ""
    return [*command, *(word.replace(PLACE, newest) for word in words)]
