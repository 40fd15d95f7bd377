"""What the summary of a launch is to say besides: each thing once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Notes:
    """Sentences for people, in the order in which they came."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def add(self, *notes: str) -> None:
        """Note what is not empty and not noted yet."""
        self.told += [note for note in dict.fromkeys(notes) if note and note not in self.told]

    @contextmanager
    def noting(self, what: str) -> Iterator[None]:
        """Note what fails: a fault of launch's must not leave the run alone."""
        try:
            yield
        except Exception as error:
            self.add(f"{what} failed: {type(error).__name__}: {error}")
