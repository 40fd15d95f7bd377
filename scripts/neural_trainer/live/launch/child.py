"""The run as a process of this machine: its group, its signals, time to checkpoint, its end."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from neural_trainer.errors import RunRefused
from neural_trainer.live.launch.processes import kill, processes_of


class Child:
    """A command in a session of its own: what a terminal sends reaches launch alone."""

    def __init__(
        self, command: Sequence[str], run_folder: Path, environment: Mapping[str, str], stdout: int
    ) -> None:
        """Start `command`. Raises RunRefused where that cannot be."""
        self._run_folder = run_folder
        try:
            self._process = subprocess.Popen(
                list(command), stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.STDOUT,
                env=dict(environment), start_new_session=True,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise RunRefused(f"{command[0]}: no such program; expected a command to run") from error
        except OSError as error:
            raise RunRefused(f"{command[0]} cannot be started: {error.strerror}") from error
        self.pid = self._process.pid

    def ended(self) -> int | None:
        """Return how it ended: an exit code, minus the signal that ended it; None: it runs."""
        return self._process.poll()

    def send(self, number: int) -> None:
        """Send a signal to the group: to the command and what it started, unless that moved out."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End everything that the run has started, wherever it moved."""
        self.send(signal.SIGKILL)
        kill(processes_of(self._run_folder))
        self._process.wait()

    def clear_away(self) -> list[int]:
        """End what the command has left behind; return what that was."""
        left = processes_of(self._run_folder)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        kill(left)
        return left
