"""The alarms of a launched run: what its judge and launch itself append to alerts.jsonl."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from neural_trainer.live.run_folder import ALERTS_FILE, LineFile


class Alarms:
    """The alarms that stand, each raised once and cleared once.

    A disk that is full loses lines of the file; `tell` hears of them all the same.
    """

    def __init__(
        self,
        folder: Path,
        tell: Callable[[Mapping[str, Any]], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """tell: is handed each line. clock: unix seconds."""
        self._path = folder / ALERTS_FILE
        self._tell, self._clock = tell, clock
        self._file: LineFile | None = None
        self._standing: dict[str, dict[str, Any]] = {}
        self.raised: list[dict[str, Any]] = []
        self.num_lost = 0

    def emit(self, alarm: Mapping[str, Any]) -> None:
        """Take a line of the judge, which itself knows what stands."""
        self._append({**alarm})

    def recall(self, alarm: Mapping[str, Any]) -> None:
        """Take one line of the alerts.jsonl that an earlier launch of this run left."""
        if alarm["state"] == "raised":
            self.raised.append({**alarm})
        if self.is_of_launch(alarm):
            self._standing.pop(alarm["id"], None)
            if alarm["state"] == "raised":
                self._standing[alarm["id"]] = {key: alarm[key] for key in alarm if key != "time"}

    @staticmethod
    def is_of_launch(alarm: Mapping[str, Any]) -> bool:
        """Return whether launch itself raised it: the judge says how bad each of its own is."""
        return "worse" not in alarm

    def raise_(
        self, name: str, message: str, step: float | None, cause: str = "", *, sure: float = 1.0
    ) -> None:
        """Raise an alarm of launch's own unless it stands. sure: the cause's confidence."""
        if name in self._standing:
            return
        alarm = {
            "id": name, "state": "raised", "symptom": name, "cause": cause or name,
            "confidence": sure, "message": message, "step": _whole(step),
        }  # fmt: skip
        self._standing[name] = alarm
        self._append(alarm)

    def clear(self, name: str, step: float | None) -> None:
        """Clear an alarm of launch's own if it stands."""
        alarm = self._standing.pop(name, None)
        if alarm is not None:
            self._append({**alarm, "state": "cleared", "step": _whole(step)})

    def clear_like(self, start: str, step: float | None) -> None:
        """Clear the alarms whose id begins with `start`."""
        for name in [name for name in self._standing if name.startswith(start)]:
            self.clear(name, step)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, alarm: dict[str, Any]) -> None:
        line = {**alarm, "time": self._clock()}
        if alarm["state"] == "raised":
            self.raised.append(line)
        try:
            if self._file is None:
                self._file = LineFile(self._path)
            self._file.append(line)
        except OSError:
            self.num_lost += 1
            if self._file is not None:  # opened anew next time, which cuts off a torn line
                self._file.close()
                self._file = None
        self._tell(line)


def _whole(step: float | None) -> int:
    return int(step) if step is not None and step == step and step >= 0 else 0
