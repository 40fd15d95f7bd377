"""The readers, one file each; READERS is the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from neural_trainer.runs.lines import Growing, Progress
from neural_trainer.runs.readers import (
    boosting,
    console_table,
    delimited,
    json_document,
    jsonl,
    keras_progress,
    mlflow_files,
    mlflow_sqlite,
    mlperf,
    notebook,
    npz,
    sacred,
    tensorboard,
    text,
    trainer_state,
    wandb_file,
)
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


READERS: tuple[Reader, ...] = (
    tensorboard,
    wandb_file,
    mlflow_sqlite,
    npz,
    notebook,
    trainer_state,
    sacred,
    json_document,
    jsonl,
    mlflow_files,
    mlperf,
    keras_progress,
    console_table,
    boosting,
    text,
    delimited,
)

# Readers whose logs can be read on from where they were left (event files can, too).
GROWING: dict[str, Callable[[Path], Growing]] = {
    jsonl.NAME: jsonl.Log,
    delimited.NAME: delimited.Log,
}

# Readers that tell how far they have come in a file.
TELLING: dict[str, Callable[[Path, Progress | None], list[Run]]] = {
    reader.NAME: reader.read for reader in (mlperf, keras_progress, console_table, boosting, text)
}
