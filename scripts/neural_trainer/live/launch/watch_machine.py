"""Looks at the machine under a run now and then: logs what it sees and raises its alarms."""

from __future__ import annotations

import math
from pathlib import Path

from neural_trainer.live.launch.alarms import Alarms
from neural_trainer.live.launch.gpus import Gpus
from neural_trainer.live.launch.machine import Look, as_json, folder_bytes, look, troubles
from neural_trainer.live.launched import LAUNCH_FOLDER
from neural_trainer.live.run_folder import LineFile

EVERY_S = 15.0
IDLE_SHARE = 0.1  # of one core; a process that waits uses some hundredths
MACHINE_FILE = "machine.jsonl"  # in .launch; some 300 bytes a look, 2 MB a day
MOST_BYTES = 50_000_000


class MachineWatch:
    """The machine of one run."""

    def __init__(self, run_folder: Path, gpus: Gpus, alarms: Alarms) -> None:
        self._run_folder, self._gpus, self._alarms = run_folder, gpus, alarms
        self._path = run_folder / LAUNCH_FOLDER / MACHINE_FILE
        self._first: Look | None = None
        self._last: Look | None = None
        self._before: Look | None = None
        self._due_at = -math.inf
        self._standing: set[str] = set()
        self.disk_gb = 0.0
        self.note = ""

    def observe(
        self, now_s: float, unix_s: float, step: float | None, *, at_once: bool = False
    ) -> None:
        """Look, if it is time to; `at_once` whenever that is."""
        if now_s < self._due_at and not at_once:
            return
        self._due_at = now_s + EVERY_S
        try:
            seen = look(self._run_folder, self._gpus, now_s)
            self.disk_gb = folder_bytes(self._run_folder) / 1e9
        except OSError as error:
            self.note = f"the machine could not be looked at: {error.strerror or error}"
            return
        self._first = self._first or seen
        found = {trouble.id: trouble.message for trouble in troubles(seen, self._first)}
        for name, message in found.items():
            self._alarms.raise_(name, message, step)
        for name in self._standing - set(found):
            self._alarms.clear(name, step)
        self._standing = set(found)
        self._log(seen, unix_s)
        self._before, self._last = self._last, seen

    @property
    def is_idle(self) -> bool:
        """Whether the run's processes did nothing between the last two looks, as far as known."""
        if self._before is None or self._last is None or not self._last.usage.num_processes:
            return False
        passed = self._last.at_s - self._before.at_s
        spent = self._last.usage.cpu_s - self._before.usage.cpu_s
        gpus_idle = not any(gpu.busy_percent for gpu in self._last.gpus)
        return gpus_idle and 0 <= spent < IDLE_SHARE * passed

    def _log(self, seen: Look, unix_s: float) -> None:
        try:
            if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
                return
            file = LineFile(self._path)
            try:
                file.append({"time": unix_s, **as_json(seen, self._last)})
            finally:
                file.close()
        except OSError as error:  # a disk that is full: the alarm says so
            self.note = f"{MACHINE_FILE}: {error.strerror or error}"
