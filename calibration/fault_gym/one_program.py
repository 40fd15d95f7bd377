"""Runs the script of one folder with its Monitor recorded as any scenario's: FOLDER SEED."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).resolve().parents[2] / "scripts"),
]

from fault_gym.programs import CODE  # noqa: E402
from fault_gym.recorder import Recorder  # noqa: E402
from neural_trainer.live import monitor  # noqa: E402


class Recorded:
    """Stands where a script makes its Monitor, and records what it is told."""

    recorder: Recorder

    def __init__(
        self, folder: Any, model: Any, optimizer: Any = None,
        config: Mapping[str, Any] | None = None, **_: Any,
    ) -> None:  # fmt: skip
        self.recorder.watch(model, optimizer, config)

    def step(self, loss: Any, *more: Any, **named: Any) -> None:
        """Record a step."""
        self.recorder.step(loss, *more, **named)

    def evaluate(self, **metrics: Any) -> None:
        """Record an evaluation."""
        self.recorder.evaluate(**metrics)

    def close(self) -> None:
        """Wait for the end of the script."""

    def __enter__(self) -> Recorded:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the end of the script."""


def main() -> None:
    """Run the script, then write the log of the run."""
    folder, seed = Path(sys.argv[1]), sys.argv[2]
    Recorded.recorder = Recorder(folder)
    monitor.Monitor = Recorded  # type: ignore[assignment, misc]
    script = str(folder / CODE)
    sys.argv = [script, "--out", str(folder / "own"), "--seed", seed]
    runpy.run_path(script, run_name="__main__")
    Recorded.recorder.close()


if __name__ == "__main__":
    main()
