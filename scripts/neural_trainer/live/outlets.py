"""Where alarms go besides the terminal: which outlets are asked for, and each in its own thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from queue import Full, Queue
from threading import Thread
from typing import Any, Protocol, TextIO

from neural_trainer.errors import ConfigError
from neural_trainer.live.desktop import Desktop
from neural_trainer.live.registry import PROJECT_FOLDER
from neural_trainer.live.webhook import Webhook
from neural_trainer.runs.plain_text import printable

SETTINGS_FILE = "watch.yaml"  # in .neural-trainer
MOST_WAITING = 100  # alarms for an outlet that is slow
CLOSE_S = 15.0  # an outlet has 10 s for its answer

_Item = tuple[str, dict[str, Any]]


class Outlet(Protocol):
    """What takes an alarm: its line, and the same as an object."""

    name: str

    def send(self, line: str, record: dict[str, Any]) -> None:
        """Raises OSError where it was not taken."""


def outlets(project: Path, webhook: str | None, desktop: bool) -> list[Outlet]:
    """Return what the options and .neural-trainer/watch.yaml ask for; the options win.

    Raises ConfigError for settings that do not exist or cannot be.
    """
    settings = _settings(project / PROJECT_FOLDER / SETTINGS_FILE)
    url = webhook if webhook is not None else settings.get("webhook")
    asked: list[Outlet] = [] if url is None else [Webhook(url)]
    return [*asked, Desktop()] if desktop or settings.get("desktop") else asked


def _settings(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is no YAML ({type(error).__name__})") from error
    kinds = {"webhook": str, "desktop": bool}
    right = isinstance(found, dict) and all(
        key in kinds and isinstance(value, kinds[key]) for key, value in found.items()
    )
    if not right:
        raise ConfigError(f"{path}: expected webhook: URL and desktop: true, or one of them")
    return dict(found)


class Outlets:
    """Hands alarms to outlets; one that fails is spoken of once, and the watch goes on."""

    def __init__(self, asked: Sequence[Outlet], talk: TextIO) -> None:
        self._lanes = [_Lane(outlet, talk) for outlet in asked]

    def tell(self, line: str, record: dict[str, Any]) -> None:
        """Hand one alarm to all, without waiting for any."""
        for lane in self._lanes:
            lane.put((line, record))

    def close(self) -> None:
        """Wait, for a while, until what waits is sent."""
        for lane in self._lanes:
            lane.close()


class _Lane:
    """One outlet in a thread of its own."""

    def __init__(self, outlet: Outlet, talk: TextIO) -> None:
        self._outlet, self._talk = outlet, talk
        self._waiting: Queue[_Item | None] = Queue(MOST_WAITING)
        self._failed = False
        self._thread = Thread(target=self._work, name=outlet.name, daemon=True)
        self._thread.start()

    def put(self, item: _Item | None) -> None:
        try:
            self._waiting.put_nowait(item)
        except Full:
            self._say("is too slow: alarms are left out")

    def close(self) -> None:
        try:
            self._waiting.put(None, timeout=CLOSE_S)
        except Full:  # stuck: the thread ends with the process
            return
        self._thread.join(CLOSE_S)

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            try:
                self._outlet.send(*item)
            except Exception as error:  # whatever fails there must not end the watch
                # What other errors say may hold the address.
                why = str(error) if isinstance(error, OSError) else type(error).__name__
                self._say(f"failed ({why})")

    def _say(self, what: str) -> None:
        if not self._failed:
            self._failed = True
            said = f"neural-trainer: {self._outlet.name} {what}; that is told once"
            print(printable(said, 300), file=self._talk)
