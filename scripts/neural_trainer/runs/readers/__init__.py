"""The readers, one file each; READERS is the order in which they are asked."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from neural_trainer.runs.readers import delimited, jsonl, tensorboard, trainer_state
from neural_trainer.runs.run import Run


class Reader(Protocol):
    """What each module here offers; its docstring is what docs/formats.md says of the format.

    sniff: whether a file with these first bytes, at most 64 KiB, is of the format.
    read: the runs of a file; raises ReadError where it holds none.
    """

    @property
    def NAME(self) -> str: ...

    def sniff(self, head: bytes, path: Path) -> bool: ...

    def read(self, path: Path) -> list[Run]: ...


READERS: tuple[Reader, ...] = (tensorboard, trainer_state, jsonl, delimited)
