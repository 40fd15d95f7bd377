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
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(told + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._script}: {self.name} ended by itself; see above")
        return dict(json.loads(line))

    def close(self) -> None:
        """Leave nothing behind."""
        self._process.kill()
        self._process.communicate()


def in_turn(ways: Sequence[Process], rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Return the answers of each way to "block", another of them the first in each round."""
    answers: dict[str, list[dict[str, Any]]] = {way.name: [] for way in ways}
    for number in range(rounds):
        start = number % len(ways)
        for way in [*ways[start:], *ways[:start]]:
            answers[way.name].append(way.go("block"))
    return answers
