"""User code under way: whatever a loss, a loader or a model raises becomes one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neural_trainer.errors import ConfigError, NeuralTrainerError
from neural_trainer.inspect.user_case import one_line


@contextmanager
def told_in_a_line(name: str, doing: str) -> Iterator[None]:
    """Raise ConfigError, one line, for what user code raises while it is `doing` something."""
    try:
        yield
    except NeuralTrainerError:
        raise
    except (Exception, SystemExit) as error:
        raise ConfigError(
            f"{name}: {doing} raised {one_line(error)}; expected it to run as in training: call "
            f"it in a Python shell to see where"
        ) from error
