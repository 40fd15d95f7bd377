"""Webhook and desktop: what they are sent; one that fails is told once and harms nothing."""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from neural_trainer import cli
from neural_trainer.errors import ConfigError
from neural_trainer.live.desktop import Desktop
from neural_trainer.live.outlets import MOST_WAITING, Outlets, outlets
from neural_trainer.live.webhook import Webhook

RECORD = {"schema": "neural-trainer/alarm/1", "run": "a", "step": 4}


class Receiver:
    """A server on loopback that keeps what it is posted and answers with `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[dict[str, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append({"path": self.path, **json.loads(body)})
                self.send_response(receiver.status)
                if receiver.status == 302:
                    self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook/secret"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("no_proxy", "*")
    made = Receiver()
    threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_webhook_is_posted_the_fields_and_the_sentence(receiver: Receiver) -> None:
    Webhook(receiver.url).send("neural-trainer: up", RECORD)
    assert receiver.got == [{"path": "/hook/secret", **RECORD, "text": "neural-trainer: up"}]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_refusal_is_told_once_and_without_the_address(receiver: Receiver, status: int) -> None:
    receiver.status = status
    talk = io.StringIO()
    sent = Outlets([Webhook(receiver.url)], talk)
    for number in range(3):
        sent.tell(f"line {number}", RECORD)
    sent.close()
    assert [item["text"] for item in receiver.got] == ["line 0", "line 1", "line 2"]
    assert talk.getvalue() == (
        f"neural-trainer: the webhook at 127.0.0.1 failed (it answered {status}); that is told "
        "once\n"
    )


def test_a_webhook_where_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/secret"
        talk = io.StringIO()
        sent = Outlets([Webhook(url)], talk)
        sent.tell("line", RECORD)
        sent.close()
    assert "the webhook at 127.0.0.1 failed (" in talk.getvalue()
    assert "secret" not in talk.getvalue()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "x", "http://", "https:///a"])
def test_an_address_that_is_not_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="expected http"):
        Webhook(url)


class Stuck:
    """An outlet that waits for its release, then breaks in an unforeseen way."""

    name = "the stuck one"

    def __init__(self) -> None:
        self.release = threading.Event()

    def send(self, line: str, record: dict[str, Any]) -> None:
        self.release.wait()
        raise KeyError("secret")


def test_an_outlet_that_is_stuck_holds_nobody_up() -> None:
    stuck, talk = Stuck(), io.StringIO()
    sent = Outlets([stuck], talk)
    for _ in range(MOST_WAITING + 5):
        sent.tell("line", RECORD)
    assert talk.getvalue() == (
        "neural-trainer: the stuck one is too slow: alarms are left out; that is told once\n"
    )
    stuck.release.set()
    sent.close()
    assert "secret" not in talk.getvalue()


@pytest.fixture
def notifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in place of notify-send, or osascript, that writes down its words."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / ("osascript" if sys.platform == "darwin" else "notify-send")
    told = tmp_path / "told"
    program.write_text(f'#!/bin/sh\nfor word in "$@"; do echo "$word"; done >> \'{told}\'\n')
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return told


def test_the_desktop_is_handed_the_line_as_one_word(notifier: Path) -> None:
    Desktop().send('neural-trainer: run a, step 4: up "$(touch x)"', RECORD)
    assert 'run a, step 4: up "$(touch x)"' in notifier.read_text().splitlines()


def test_a_desktop_without_the_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(ConfigError, match="is not on PATH"):
        Desktop()


def test_a_notifier_that_fails(notifier: Path) -> None:
    (notifier.parent / "bin").joinpath(
        "osascript" if sys.platform == "darwin" else "notify-send"
    ).write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(OSError, match="exit code 3"):
        Desktop().send("line", RECORD)


def test_off_by_default_and_asked_for_by_options_or_settings(
    tmp_path: Path, notifier: Path
) -> None:
    assert outlets(tmp_path, None, False) == []
    assert [outlet.name for outlet in outlets(tmp_path, "http://h/x", True)] == [
        "the webhook at h",
        "the desktop's notifications",
    ]
    home = tmp_path / ".neural-trainer"
    home.mkdir()
    (home / "watch.yaml").write_text("webhook: https://of-settings/x\ndesktop: true\n")
    names = [outlet.name for outlet in outlets(tmp_path, None, False)]
    assert names == ["the webhook at of-settings", "the desktop's notifications"]
    assert outlets(tmp_path, "http://of-options/x", False)[0].name == "the webhook at of-options"


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        "webhok: http://x",
        "webhook: 3",
        "desktop: sure",
        "a: b: c",
        "!!python/object:os.x {}",
    ],
)
def test_wrong_settings_are_refused(text: str, tmp_path: Path) -> None:
    home = tmp_path / ".neural-trainer"
    home.mkdir()
    (home / "watch.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"watch\.yaml: "):
        outlets(tmp_path, None, False)


def test_watch_sends_what_it_prints(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    name = "obey me \x1b[2J.jsonl"
    rows = [{"step": step, "loss": 5 / step if step < 60 else 3.0 + step} for step in range(1, 120)]
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert cli.main(["watch", name, "--once", "--webhook", receiver.url]) == 0
    printed = capsys.readouterr()
    assert printed.err == "neural-trainer: alarms go to the webhook at 127.0.0.1 too\n"
    assert [item["text"] for item in receiver.got] == printed.out.splitlines()
    assert printed.out.count("\n") >= 1
    assert "obey" not in json.dumps(receiver.got)
    receiver.got.clear()
    Path(".neural-trainer").mkdir()
    Path(".neural-trainer/watch.yaml").write_text(f"webhook: {receiver.url}\n")
    assert cli.main(["watch", name, "--once", "--here-alone"]) == 0
    assert capsys.readouterr().err == ""
    assert receiver.got == []
