"""The Case of a user's factory, called within a time limit; whatever it does wrong is one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from neural_trainer.errors import ConfigError, NeuralTrainerError
from neural_trainer.inspect.time_limit import TimeUp, time_limit
from neural_trainer.layers.case import Case, case_of, load_factory
from neural_trainer.runs.plain_text import printable

FACTORY_S = 60.0  # loading a data set and a model; what takes longer is taken for hanging
LONGEST = 300  # characters of what user code says
_NO_GPU = ("not compiled with cuda", "no nvidia driver", "no cuda gpus", "invalid device ordinal",
           "cuda driver", "deserialize object on a cuda")  # fmt: skip

T = TypeVar("T")


def user_case(target: str, limit_s: float = FACTORY_S) -> Case:
    """Return the Case of `module:factory`. Raises ConfigError, of one line, in every other case."""
    factory = imported(target, limit_s)
    return sound_case(called(lambda: case_of(factory, target), target, limit_s), target)


def imported(target: str, limit_s: float = FACTORY_S) -> Callable[[], object]:
    """Return the function that `module:factory` names, under a limit of its own for the import.

    What a module imports may come off a slow disk: that is no time of the factory.
    """
    name = f"importing {target.partition(':')[0]}"
    return called(lambda: load_factory(target), name, limit_s, "it to end")


def called(
    make: Callable[[], T],
    name: str,
    limit_s: float = FACTORY_S,
    expected: str = "it to return a Case",
) -> T:
    """Return what `make`, which runs user code called `name`, returns. Raises ConfigError."""
    try:
        with time_limit(limit_s):
            return make()
    except TimeUp as error:
        raise ConfigError(
            f"{name} had not returned after {limit_s:g} s; expected {expected} by then: see what "
            f"it waits for, or raise --time-limit"
        ) from error
    except NeuralTrainerError:
        raise
    except (Exception, SystemExit) as error:
        told = one_line(error)
        if any(words in told.lower() for words in _NO_GPU):
            raise ConfigError(
                f"{name} needs a GPU, and torch sees none here ({told}); run it where there is "
                f"one, or have it ask torch.cuda.is_available()"
            ) from error
        raise ConfigError(f"{name} raised {told}; expected {expected}") from error


def sound_case(case: Case, name: str) -> Case:
    """Return `case` where its parts are of the right kinds. Raises ConfigError."""
    from torch import nn

    if not isinstance(case.model, nn.Module):
        found, expected = f"model is a {type(case.model).__name__}", "a torch.nn.Module"
    elif not callable(case.loss_fn):
        found = f"loss_fn is a {type(case.loss_fn).__name__}"
        expected = "a function loss_fn(model, batch)"
    elif not hasattr(case.train_batches, "__iter__") and not hasattr(
        case.train_batches, "__getitem__"
    ):
        found = f"train_batches is a {type(case.train_batches).__name__}"
        expected = "an iterable of batches"
    else:
        return case
    raise ConfigError(f"{name} returned a Case whose {found}; expected {expected}")


def one_line(error: BaseException) -> str:
    """Return the kind of an error and the first line of what it says.

    >>> one_line(ValueError("first\\nsecond"))
    'ValueError: first'
    """
    text = str(error).strip()
    kind = type(error).__name__
    return f"{kind}: {printable(text.splitlines()[0], LONGEST)}" if text else kind
