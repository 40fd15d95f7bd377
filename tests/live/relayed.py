"""A project whose runs raise alarms, relayed by the clock of a test, and the lines to expect."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from neural_trainer.live.relay import POLL_S, follow

Act = Callable[[], object]


class Project:
    """A project whose runs write what a test says, one act between each two polls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def register(self, name: str, folder: str | None = None, started: float = 1.0) -> None:
        home = self.folder / ".neural-trainer"
        home.mkdir(exist_ok=True)
        path = folder if folder is not None else str(self.folder / "runs" / name)
        line = json.dumps({"folder": path, "name": name, "started": started})
        with (home / "runs.jsonl").open("a") as file:
            file.write(line + "\n")

    def alerts(self, name: str) -> Path:
        return self.folder / "runs" / name / "alerts.jsonl"

    def write(self, name: str, text: str | bytes, mode: str = "ab") -> None:
        self.alerts(name).parent.mkdir(parents=True, exist_ok=True)
        with self.alerts(name).open(mode) as file:
            file.write(text.encode() if isinstance(text, str) else text)

    def alarm(self, name: str, **fields: Any) -> None:
        self.write(name, alarm_line(**fields))

    def follow(self, *acts: Act, pass_s: float = POLL_S) -> list[str]:
        """Relay while each act happens, and one poll more; return the lines."""
        out = io.StringIO()
        now = 0.0
        left: Iterator[Act] = iter([*acts, lambda: None])
        done = False

        def sleep(seconds: float) -> None:
            nonlocal now, done
            assert seconds > 0
            now += pass_s
            act = next(left, None)
            if act is None:
                done = True
            else:
                act()

        follow(self.folder, out, clock=lambda: now, sleep=sleep, stop=lambda: done)
        assert out.getvalue() == "".join(line + "\n" for line in out.getvalue().splitlines())
        return hidden(out.getvalue().splitlines())


def alarm_line(**fields: Any) -> str:
    record = {
        "id": "loss-diverging",
        "state": "raised",
        "symptom": "loss-diverging",
        "cause": "lr-too-high",
        "confidence": 0.81,
        "step": 412,
        "message": "loss diverging: 2.1 at step 300, 8.4 at step 412.",
        "time": 1.0,
        **fields,
    }
    return json.dumps(record) + "\n"


ID = "12345678"


def hidden(lines: list[str]) -> list[str]:
    """Return lines with the ids of their alarms hidden: they depend on the project's folder."""
    return [re.sub(r"alarm [0-9a-f]{8}", f"alarm {ID}", line) for line in lines]


RAISED = (
    "neural-trainer: run a, step 412: loss diverging: 2.1 at step 300, 8.4 at step 412 "
    f"(likely lr-too-high, 81 %; alarm {ID}). Look closer: neural-trainer diagnose runs/a"
)
CLEARED = f"neural-trainer: run a, step 500: loss-diverging has cleared (alarm {ID})."
