"""An alarm on a real desktop: D-Bus, notify-send and a notification daemon that prints its work."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest
from launching import DEADLINE_S, command

from neural_trainer.live.desktop import Desktop

NEEDED = {
    "notify-send": "libnotify-bin",
    "dunst": "dunst",
    "Xvfb": "xvfb",
    "dbus-daemon": "dbus",
    "dbus-send": "dbus",
}  # by their Debian packages
ASKED = (
    *("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"),
    *("org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.Notifications"),
)

pytestmark = pytest.mark.slow


class Screen:
    """A desktop session; `shown` waits for the next notification and returns its fields."""

    def __init__(self, daemon: IO[bytes]) -> None:
        """daemon: what it prints."""
        self._daemon = daemon
        self._printed = ""

    def shown(self) -> dict[str, str]:
        """Return what the daemon shows next."""
        while "\n}" not in self._printed:
            ready, _, _ = select.select([self._daemon], [], [], DEADLINE_S)
            assert ready, f"nothing was shown in {DEADLINE_S:g} s: {self._printed}"
            block = os.read(self._daemon.fileno(), 65536)
            assert block, f"the daemon has ended: {self._printed}"
            self._printed += block.decode()
        one, _, self._printed = self._printed.partition("\n}")
        return dict(re.findall(r"^\t(\w+): '(.*)'$", one, re.MULTILINE))


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """A session of its own, with a screen that nobody sees."""
    lacking = sorted({NEEDED[name] for name in NEEDED if shutil.which(name) is None})
    if lacking:
        pytest.skip(f"no real desktop session: on Debian, apt install {' '.join(lacking)}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with ExitStack() as stack:

        def started(*words: str) -> IO[bytes]:
            """Start a server for as long as the test; return what it prints."""
            process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            assert process.stdout is not None
            stack.callback(process.stdout.close)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process.stdout

        display = started("Xvfb", "-displayfd", "1", "-screen", "0", "640x480x24").readline()
        monkeypatch.setenv("DISPLAY", f":{display.decode().strip()}")
        address = started("dbus-daemon", "--session", "--nofork", "--print-address=1").readline()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address.decode().strip())
        printed = started("dunst", "-print")
        for _ in range(1000):  # until it is on the bus
            if b"true" in subprocess.run(ASKED, capture_output=True, check=True).stdout:
                break
        yield Screen(printed)


def test_the_words_arrive_as_they_are(screen: Screen) -> None:
    line = "run a, step 4: loss is NaN (likely lr-too-high, 81 %; alarm 12345678). - 5 → 7 °, 3 ≥ 2"
    Desktop().send(f"neural-trainer: {line}", {})
    shown = screen.shown()
    assert (shown["appname"], shown["summary"]) == ("neural-trainer", "neural-trainer")
    assert shown["body"] == line


def test_watch_shows_an_alarm(screen: Screen, project: Path) -> None:
    losses = [1.0 + 1.0 / step for step in range(1, 41)] + [float("nan")] * 3
    lines = (json.dumps({"step": n, "loss": loss}) for n, loss in enumerate(losses, 1))
    (project / "log.jsonl").write_text("\n".join(lines) + "\n")
    passed_on = {name: os.environ[name] for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
    inside = ("env", *(f"{name}={value}" for name, value in passed_on.items()))
    done = command("watch", "log.jsonl", "--once", "--desktop", project=project, inside=inside)
    assert (done.returncode, "failed" in done.stderr) == (0, False)
    (line,) = done.stdout.splitlines()
    assert "loss is NaN at step 41" in line
    assert screen.shown()["body"] == line.removeprefix("neural-trainer: ")
