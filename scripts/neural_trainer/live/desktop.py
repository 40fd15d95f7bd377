"""Alarms shown as notifications of the desktop."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import Any

from neural_trainer.errors import ConfigError

LIMIT_S = 10.0
TITLE = "neural-trainer"
_OSASCRIPT = (
    "on run words\ndisplay notification (item 1 of words) with title (item 2 of words)\nend run"
)


class Desktop:
    """Shows each alarm by notify-send, on macOS by osascript."""

    name = "the desktop's notifications"

    def __init__(self) -> None:
        """Raises ConfigError where there is no program that shows them."""
        wanted = "osascript" if sys.platform == "darwin" else "notify-send"
        program = shutil.which(wanted)
        if program is None:
            raise ConfigError(
                f"{wanted} is not on PATH, which shows {self.name}: install it (on Debian "
                f"libnotify-bin), or leave out --desktop"
            )
        self._program = program

    def send(self, line: str, record: dict[str, Any]) -> None:
        """Show one alarm. Raises OSError where that fails."""
        text = line.removeprefix("neural-trainer: ")
        words = [self._program, "--app-name", TITLE, "--", TITLE, text]
        if sys.platform == "darwin":
            words = [self._program, "-e", _OSASCRIPT, text, TITLE]
        try:
            done = subprocess.run(
                words, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S
            )
        except subprocess.TimeoutExpired:
            raise OSError(f"no answer in {LIMIT_S:g} s") from None
        if done.returncode:
            raise OSError(f"it ended with exit code {done.returncode}")
