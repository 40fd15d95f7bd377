"""Ways that are measured in processes of their own, which work in turn: one waits for the others.

What one way leaves in a process, compiled code and its guards above all, costs the next one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any


class Process:
    """A way at work: `script` with `words` and --way NAME. It answers each line with JSON."""

    def __init__(self, name: str, script: str, words: Sequence[str]) -> None:
        self.name, self._script = name, script
        self._process = subprocess.Popen(
            [sys.executable, script, *words, "--way", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def go(self, told: str) -> dict[str, float]:
        """Have it do what `told` says; return its answer."""
        self.ask(told)
        return self.answer()

    def ask(self, told: str) -> None:
        """Have it do what `told` says; do not wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(told + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, float]:
        """Return its answer to what it was asked first."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._script}: {self.name} ended by itself; see above")
        return dict(json.loads(line))

    def close(self) -> None:
        """Leave nothing behind."""
        self._process.kill()
        self._process.communicate()


def at_once(ways: Sequence[Process], told: str) -> dict[str, dict[str, float]]:
    """Return the answer of each way: all work side by side, as what they compile is none's cost."""
    for way in ways:
        way.ask(told)
    return {way.name: way.answer() for way in ways}


def in_turn(ways: Sequence[Process], rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Return the answers of each way to "block", another of them the first in each round."""
    answers: dict[str, list[dict[str, Any]]] = {way.name: [] for way in ways}
    for number in range(rounds):
        start = number % len(ways)
        for way in [*ways[start:], *ways[:start]]:
            answers[way.name].append(way.go("block"))
    return answers
