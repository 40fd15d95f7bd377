"""The one tree of errors. The library raises them; cli.py alone prints them, as one line."""

from __future__ import annotations

import sys


class NeuralTrainerError(Exception):
    """What was found, what was expected, what to do: one line, shown as it stands, exit code 1."""

    def __str__(self) -> str:
        """Return the message without what a terminal would obey: a file's name may hold it."""
        return "".join(char if char.isprintable() else " " for char in super().__str__())


class ReadError(NeuralTrainerError):
    """A log that cannot be read, or in which nothing can be read."""


class ConfigError(NeuralTrainerError):
    """A configuration that asks for something that does not exist or cannot be."""


class MissingPackage(NeuralTrainerError):
    """A package that one command needs and that is not installed."""

    def __init__(self, package: str, needed_by: str, extra: str) -> None:
        install = f"{sys.executable} -m pip install {package}"
        super().__init__(
            f"{needed_by} needs {package}, which {sys.executable} does not have: {install} "
            f"(or the extra {extra} of neural-trainer)"
        )


class RunRefused(NeuralTrainerError):
    """A training run that cannot be started, or cannot be kept safe, as asked."""


class SpecialistError(NeuralTrainerError):
    """A case that no specialist can take, or one that ended without an answer that holds."""
