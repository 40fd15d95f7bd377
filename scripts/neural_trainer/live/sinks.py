"""Where the numbers of a run go besides its folder: TensorBoard, and any callable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from neural_trainer.errors import MissingPackage

Sink = Callable[[int, Mapping[str, float]], None]
"""Takes the step and the values logged at it; a method `close`, where it has one, ends it."""


class TensorBoardSink:
    """Writes every value as a scalar of the same name to event files in a folder."""

    def __init__(self, folder: Path) -> None:
        """Open event files in `folder`. Raises MissingPackage without torch or tensorboard."""
        asked = "Monitor(tensorboard=True)"
        if find_spec("torch") is None:
            raise MissingPackage("torch", asked, "train")
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingPackage("tensorboard", asked, "tensorboard") from error
        self._writer: Any = SummaryWriter(str(folder))

    def __call__(self, step: int, values: Mapping[str, float]) -> None:
        """Write `values` at `step`."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Flush and close the event files."""
        self._writer.close()
