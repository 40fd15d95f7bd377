"""What a sweep is asked to do, from a YAML file and options, checked."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from neural_trainer.errors import ConfigError
from neural_trainer.runs.names import better, canonical
from neural_trainer.study.ablation import as_number
from neural_trainer.study.sweep.space import Parameter, read_space

SAMPLERS = ("random", "quasi-random", "tpe", "cma", "gp")
PRUNERS = ("none", "median", "hyperband")
EXECUTORS = ("local", "slurm", "ray")
DEFAULT_SAMPLER = "tpe"  # the least mean regret of the five: make bench-sweep
JOURNAL, SQLITE = "journal", "sqlite"  # files in the sweep's folder
KEYS = (
    "command", "train", "space", "objective", "trials", "sampler", "pruner", "watcher", "storage",
    "executor", "retries", "breaker", "seed", "folder", "log_from", "max_hours", "grace_s",
)  # fmt: skip
LEAST_GRACE_S = 0.0


@dataclass(frozen=True)
class Objective:
    """What a trial is judged by: a signal of its run, and where of it.

    at: "end", the median of its last tenth, or "best".
    """

    signal: str
    direction: Literal["minimize", "maximize"]
    at: Literal["end", "best"] = "end"

    @property
    def low(self) -> bool:
        """Whether a lower value is better."""
        return self.direction == "minimize"


@dataclass(frozen=True)
class Pruner:
    """When a trial ends before its time. warmup: steps before which it does not.

    least, most, factor: of Hyperband: steps of the shortest trial and of a whole one, and the
    share of trials, one in `factor`, that goes on.
    """

    name: str = "median"
    warmup: int = 0
    least: int = 1
    most: int | None = None
    factor: int = 3

    @property
    def shortest(self) -> int:
        """Steps before which Hyperband ends no trial."""
        return max(self.least, self.warmup)


@dataclass(frozen=True)
class Executor:
    """Where workers run. gpus: CUDA devices, one a worker in turn. options: of submitit."""

    kind: str = "local"
    workers: int = 1
    gpus: tuple[str, ...] = ()
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Sweep:
    """One sweep. command: words with {setting}; of `train`, those of our trainer.

    storage: JOURNAL, SQLITE or a URL. retries: of a trial that failed or was
    preempted. breaker: failures in a row after which a node gets no more trials. watcher: whether
    a run that is diagnosed as faulty ends its trial. max_hours: of one trial. folder: absolute.
    """

    command: tuple[str, ...]
    space: tuple[Parameter, ...]
    objective: Objective
    folder: Path
    trials: int = 32
    sampler: str = DEFAULT_SAMPLER
    pruner: Pruner = Pruner()
    watcher: bool = True
    storage: str = JOURNAL
    executor: Executor = Executor()
    retries: int = 2
    breaker: int = 3
    seed: int = 0
    log_from: str | None = None
    max_hours: float | None = None
    grace_s: float = 10.0

    @property
    def name(self) -> str:
        """The study's name in the storage."""
        return self.folder.name


def read_tree(path: Path) -> dict[str, Any]:
    """Return the keys of a YAML file. Raises ConfigError."""
    import yaml

    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}); expected a YAML file") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(tree, dict):
        raise ConfigError(f"{path} holds a {type(tree).__name__}; expected keys such as space")
    return tree


def built(tree: Mapping[str, Any], source: str, name: str) -> Sweep:
    """Return the sweep that keys spell; `name`: of its folder where none is given."""
    for key in tree:
        if key not in KEYS:
            near = get_close_matches(str(key), KEYS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(KEYS)}"
            raise ConfigError(f"{source} has an unknown key {key}; {hint}")
    given = {key: value for key, value in tree.items() if value is not None}
    space = read_space(given.get("space"), source)
    hours = given.get("max_hours")
    return Sweep(
        command=_command(given, space, source),
        space=space,
        objective=_objective(given.get("objective"), source),
        folder=Path(str(given.get("folder") or Path("sweeps") / name)).absolute(),
        trials=_whole(given.get("trials", 32), "trials", source, least=1),
        sampler=_among(given.get("sampler", DEFAULT_SAMPLER), SAMPLERS, "sampler", source),
        pruner=_pruner(given.get("pruner", "median"), source),
        watcher=_truth(given.get("watcher", True), "watcher", source),
        storage=str(given.get("storage", JOURNAL)),
        executor=executor_of(given.get("executor", "local"), source),
        retries=_whole(given.get("retries", 2), "retries", source),
        breaker=_whole(given.get("breaker", 3), "breaker", source, least=1),
        seed=_whole(given.get("seed", 0), "seed", source),
        log_from=None if given.get("log_from") is None else str(given["log_from"]),
        max_hours=None if hours is None else _positive(hours, "max_hours", source),
        grace_s=_positive(given.get("grace_s", 10.0), "grace_s", source, least=LEAST_GRACE_S),
    )


def executor_of(given: Any, source: str) -> Executor:
    """Return the executor that a name or a mapping spells."""
    if isinstance(given, str):
        given = {"kind": given}
    keys = ("kind", "workers", "gpus", "options")
    tree = _mapping(given, keys, "executor", source)
    gpus = tree.get("gpus", ())
    if not isinstance(gpus, list | tuple):
        raise ConfigError(f"{source}: executor.gpus is {gpus!r}; expected a list, such as [0, 1]")
    options = tree.get("options") or {}
    if not isinstance(options, dict):
        raise ConfigError(f"{source}: executor.options is {options!r}; expected keys and values")
    return Executor(
        _among(tree.get("kind", "local"), EXECUTORS, "executor.kind", source),
        _whole(tree.get("workers", max(1, len(gpus))), "executor.workers", source, least=1),
        tuple(str(gpu) for gpu in gpus),
        options,
    )


def _command(
    given: Mapping[str, Any], space: tuple[Parameter, ...], source: str
) -> tuple[str, ...]:
    """Return the words of a trial's command, in which {setting} stands for its value."""
    if ("command" in given) == ("train" in given):
        raise ConfigError(
            f"{source}: expected one of command: (words with {{setting}}) and train: (a config, "
            f"whose keys are the settings)"
        )
    if "train" in given:
        sets = [f"{parameter.name}={{{parameter.name}}}" for parameter in space]
        return ("neural-trainer", "train", str(given["train"]), "--set", *sets)
    command = given["command"]
    try:
        words = shlex.split(command) if isinstance(command, str) else [str(w) for w in command]
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{source}: command is {command!r}; expected text or words") from error
    unused = [p.name for p in space if not any(f"{{{p.name}}}" in word for word in words)]
    if unused:
        raise ConfigError(
            f"{source}: {{{unused[0]}}} stands nowhere in command, so that setting would change "
            f"nothing; expected it in a word, such as --{unused[0]}={{{unused[0]}}}"
        )
    return tuple(words)


def _objective(given: Any, source: str) -> Objective:
    tree = _mapping(given, ("signal", "direction", "at"), "objective", source)
    if not tree.get("signal"):
        raise ConfigError(f"{source}: objective.signal is missing; expected one, such as eval/loss")
    signal = canonical(str(tree["signal"])) or str(tree["signal"])
    direction = tree.get("direction")
    if direction is None:
        known = better(signal)
        if known is None:
            raise ConfigError(
                f"{source}: nothing tells whether {signal} is better low or high; expected "
                f"objective.direction: minimize or maximize"
            )
        direction = "maximize" if known == "higher" else "minimize"
    ways: dict[Any, Literal["minimize", "maximize"]] = {
        "minimize": "minimize", "maximize": "maximize"
    }  # fmt: skip
    way = ways[_among(direction, tuple(ways), "objective.direction", source)]
    at = _among(tree.get("at", "end"), ("end", "best"), "objective.at", source)
    return Objective(signal, way, "best" if at == "best" else "end")


def _pruner(given: Any, source: str) -> Pruner:
    tree = _mapping(
        {"name": given} if isinstance(given, str) else given,
        ("name", "warmup", "least", "most", "factor"), "pruner", source,
    )  # fmt: skip
    most = tree.get("most")
    pruner = Pruner(
        _among(tree.get("name", "median"), PRUNERS, "pruner.name", source),
        _whole(tree.get("warmup", 0), "pruner.warmup", source),
        _whole(tree.get("least", 1), "pruner.least", source, least=1),
        None if most is None else _whole(most, "pruner.most", source, least=2),
        _whole(tree.get("factor", 3), "pruner.factor", source, least=2),
    )
    if pruner.most is not None and pruner.most <= pruner.shortest:
        raise ConfigError(
            f"{source}: pruner.most is {pruner.most}; expected more than the {pruner.shortest} "
            f"steps of the shortest trial, for between them trials are ended"
        )
    return pruner


def _mapping(given: Any, keys: tuple[str, ...], name: str, source: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise ConfigError(f"{source}: {name} is {given!r}; expected {', '.join(keys)}")
    unknown = [key for key in given if key not in keys]
    if unknown:
        raise ConfigError(
            f"{source} has an unknown key {name}.{unknown[0]}; known: {', '.join(keys)}"
        )
    return dict(given)


def _among(value: Any, known: tuple[str, ...], key: str, source: str) -> str:
    if value not in known:
        raise ConfigError(f"{source}: {key} is {value!r}; expected one of {', '.join(known)}")
    return str(value)


def _truth(value: Any, key: str, source: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{source}: {key} is {value!r}; expected true or false")
    return value


def _whole(value: Any, key: str, source: str, *, least: int = 0) -> int:
    number = as_number(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or number % 1 != 0:
        raise ConfigError(f"{source}: {key} is {value!r}; expected a whole number")
    if number < least:
        raise ConfigError(f"{source}: {key} is {value!r}; expected {least} or more")
    return int(number)


def _positive(value: Any, key: str, source: str, *, least: float = 1e-9) -> float:
    number = as_number(value)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ConfigError(f"{source}: {key} is {value!r}; expected a number")
    if not (math.isfinite(number) and number >= least):
        raise ConfigError(f"{source}: {key} is {value!r}; expected a number above 0")
    return float(number)
