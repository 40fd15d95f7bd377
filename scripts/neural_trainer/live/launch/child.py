"""The run as processes of this machine: its group, its signals, time to checkpoint, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from neural_trainer.errors import RunRefused
from neural_trainer.live.launch.processes import kill, processes_of

BURIAL_S = 0.01  # between two looks whether what was killed has ended


class Child:
    """A command in a session of its own: what a terminal sends reaches launch alone."""

    def __init__(self, pid: int, run_folder: Path, poll: Callable[[], int | None]) -> None:
        """pid: of the command, the first of its group; 0: it is gone.

        poll: how it ended, None while it runs.
        """
        self.pid, self._run_folder, self._poll = pid, run_folder, poll

    def ended(self) -> int | None:
        """Return how it ended: an exit code, minus the signal that ended it; None: it runs."""
        return self._poll()

    def send(self, number: int) -> None:
        """Send a signal to the group: to the command and what it started, unless that moved out."""
        if not self.pid:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End everything that the run has started, wherever it moved."""
        self.send(signal.SIGKILL)
        kill(processes_of(self._run_folder))
        while self.ended() is None:
            time.sleep(BURIAL_S)

    def clear_away(self) -> list[int]:
        """End what the command has left behind; return what that was."""
        left = processes_of(self._run_folder)
        self.send(signal.SIGKILL)
        kill(left)
        return left


def started(
    command: Sequence[str], run_folder: Path, environment: Mapping[str, str], stdout: int
) -> Child:
    """Start `command`. Raises RunRefused where that cannot be."""
    try:
        process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.STDOUT,
            env=dict(environment), start_new_session=True,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise RunRefused(f"{command[0]}: no such program; expected a command to run") from error
    except OSError as error:
        raise RunRefused(f"{command[0]} cannot be started: {error.strerror}") from error
    return Child(process.pid, run_folder, process.poll)
