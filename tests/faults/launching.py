"""A launch as a real process, whose run takes its steps when the test says so: nothing sleeps."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DEADLINE_S = 60.0  # a machine that is busy with other tests; nothing here takes long by itself

# What a run begins with: `steps()` yields at each byte of the pipe "go", ends at an "x".
STEPS = """
import os, sys
go, done = os.open("go", os.O_RDONLY), os.open("done", os.O_WRONLY)
def steps(begun=0):
    while os.read(go, 1) == b".":
        begun += 1
        yield begun
        os.write(done, b".")
"""
MONITORED = (
    STEPS
    + """
from neural_trainer import Monitor
with Monitor("own") as monitor:
    for step in steps():
        monitor.step(1.0 + 1.0 / step, lr=0.1, grad_norm=1.5, samples=8)
"""
)


PRINTED = STEPS + 'for step in steps():\n    print(f"step {step} loss {1 + 1 / step:.4f}")\n'


class Launch:
    """`neural-trainer launch --yes OPTIONS -- python run.py` in a folder of its own."""

    def __init__(
        self,
        project: Path,
        script: str,
        *options: str,
        command: Sequence[str] | None = None,
        inside: Sequence[str] = (),
        seen_at: Path | None = None,
    ) -> None:
        """inside: words before the command, which bound it; seen_at: where its runs/ is seen."""
        self.project, self.inside = project, inside
        self.folder = (seen_at or project / "runs") / "run"
        (project / "run.py").write_text(script)
        for name in ("go", "done"):
            if not (project / name).exists():
                os.mkfifo(project / name)
        # Open for both: neither end waits for the other, nor sees it close.
        self._go = os.open(project / "go", os.O_RDWR)
        self._done = os.open(project / "done", os.O_RDWR)
        self.process = subprocess.Popen(
            [
                *inside,
                *(sys.executable, "-m", "neural_trainer", "launch", "--yes", *options, "--"),
                *(command or (sys.executable, "run.py")),
            ],
            cwd=project, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.printed = ""
        self._is_in_background = "--detach" in options

    def take(self, count: int) -> None:
        """Let the run take `count` steps, and wait until it has."""
        os.write(self._go, b"." * count)
        self._done_with(count)

    def _done_with(self, count: int) -> None:
        while count:
            self._wait_for(self._done)
            count -= len(os.read(self._done, count))

    def begin_step(self) -> None:
        """Let the run begin a step that it will not end."""
        os.write(self._go, b".")

    def finish(self) -> None:
        """Let the run end."""
        os.write(self._go, b"x")

    def until(self, text: str) -> str:
        """Wait until launch prints `text`; return all that it has printed."""
        assert self.process.stdout is not None
        while text not in self.printed:
            self._wait_for(self.process.stdout.fileno())
            block = os.read(self.process.stdout.fileno(), 65536)
            assert block, f"launch ended without saying {text!r}:\n{self.printed}"
            self.printed += block.decode()
        return self.printed

    def end(self) -> int:
        """Wait until launch has ended; return its exit code."""
        assert self.process.stdout is not None
        while True:
            self._wait_for(self.process.stdout.fileno())
            block = os.read(self.process.stdout.fileno(), 65536)
            if not block:
                return self.process.wait(timeout=DEADLINE_S)
            self.printed += block.decode()

    def take_up(self) -> None:
        """Go on with `launch attach`, once launch itself was killed."""
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "neural_trainer", "launch", "attach", "run"],
            cwd=self.project, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._is_in_background = True

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None or self._is_in_background:
            command("launch", "stop", "runs/run", "--now", project=self.project, inside=self.inside)
            self.process.kill()
        self.process.wait(timeout=DEADLINE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        os.close(self._go)
        os.close(self._done)

    def child(self) -> int:
        """Return the process id of the run."""
        return int(self.state()["child"])

    def state(self) -> dict[str, Any]:
        """Return what launch keeps of itself."""
        return dict(json.loads((self.folder / ".launch" / "state.json").read_text()))

    def summary(self) -> dict[str, Any]:
        """Return summary.json."""
        return dict(json.loads((self.folder / "summary.json").read_text()))

    def alarms(self) -> list[dict[str, Any]]:
        """Return the lines of alerts.jsonl."""
        path = self.folder / "alerts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def steps(self) -> list[int]:
        """Return the steps that metrics.jsonl holds in whole lines."""
        *whole, _torn = (self.folder / "metrics.jsonl").read_bytes().split(b"\n")
        return [json.loads(line)["step"] for line in whole]

    def _wait_for(self, descriptor: int) -> None:
        ready, _, _ = select.select([descriptor], [], [], DEADLINE_S)
        assert ready, f"nothing came in {DEADLINE_S:g} s; launch printed:\n{self.printed}"


def command(
    *words: str, project: Path, inside: Sequence[str] = (), timeout_s: float = DEADLINE_S
) -> subprocess.CompletedProcess[str]:
    """Run `neural-trainer WORDS` in `project` to its end."""
    return subprocess.run(
        [*inside, sys.executable, "-m", "neural_trainer", *words],
        cwd=project, env=environment(), capture_output=True, text=True, timeout=timeout_s,
    )  # fmt: skip


def environment() -> dict[str, str]:
    """Return the environment that launch is started in."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(ROOT / "scripts"),
    }


def launched(*words: object) -> pytest.MarkDecorator:
    """Start a launch for a test: its script, then its options."""
    return pytest.mark.parametrize("launch", [words], indirect=True, ids=["launch"])
