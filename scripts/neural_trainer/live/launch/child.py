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
from neural_trainer.live.launch import job_steps
from neural_trainer.live.launch.processes import kill, processes_of

BURIAL_S = 0.01  # between two looks whether what was killed has ended
RELEASE_S = 5.0  # for srun to give up its job, once its tasks have ended


class Child:
    """A command in a session of its own: what a terminal sends reaches launch alone."""

    def __init__(
        self, pid: int, run_folder: Path, poll: Callable[[], int | None], *, program: str = ""
    ) -> None:
        """pid: of the command, the first of its group; 0: it is gone.

        poll: how it ended, None while it runs. program: that the command names.
        """
        self.pid, self._run_folder, self._poll = pid, run_folder, poll
        self._sruns = {pid} if Path(program).name == job_steps.SRUN else set()
        self._was_told = False

    def ended(self) -> int | None:
        """Return how it ended: an exit code, minus the signal that ended it; None: it runs."""
        return self._poll()

    def is_ending(self) -> bool:
        """Return whether what the command started still obeys a signal that ended the command.

        A shell ends at once and leaves its training to write a checkpoint.
        """
        return self._was_told and bool(self._group())

    def send(self, number: int) -> None:
        """Send a signal to the group: to the command and what it started, unless that moved out.

        The tasks of an srun get it instead of srun.
        """
        if not self.pid:
            return
        self._was_told = True
        group = self._group()
        told = job_steps.signal_tasks(group, number)
        self._sruns |= job_steps.sruns_among(told)
        for pid in set(group) - told if told else ():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if not told:
            self._send_to_group(number)

    def kill(self) -> None:
        """End everything that the run has started, wherever it moved."""
        self._cancel_steps(RELEASE_S)
        self._send_to_group(signal.SIGKILL)
        kill(processes_of(self._run_folder))
        while self.ended() is None:
            time.sleep(BURIAL_S)

    def clear_away(self) -> list[int]:
        """End what the command has left behind; return what that was."""
        left = processes_of(self._run_folder)
        self._cancel_steps()
        self._send_to_group(signal.SIGKILL)
        kill(left)
        return left

    def _cancel_steps(self, patience_s: float = 0.0) -> None:
        """End the job steps of the run, and wait for the command to end of it."""
        steps = job_steps.steps_of(self._sruns | job_steps.sruns_among(self._group()))
        job_steps.cancel(steps)
        until = time.monotonic() + patience_s
        while steps and self.ended() is None and time.monotonic() < until:
            time.sleep(BURIAL_S)

    def _send_to_group(self, number: int) -> None:
        if self.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def _group(self) -> list[int]:
        """Return the processes of the run that have not moved out of the command's group."""
        found = []
        for pid in processes_of(self._run_folder):
            with suppress(ProcessLookupError, PermissionError):
                if os.getpgid(pid) == self.pid:
                    found.append(pid)
        return found


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
    return Child(process.pid, run_folder, process.poll, program=command[0])
