"""What a launch is asked to do: command, caps, stages, from a YAML file and options, checked."""

from __future__ import annotations

import dataclasses
import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from neural_trainer.errors import ConfigError

STDOUT = "stdout"
STAGE_STEPS: dict[str, int | None] = {"one-step": 1, "smoke": 50, "full": None}
"""Steps after which a stage has passed; None: to its end. 50: a judgement needs 20 points."""
STOP_ON = ("nan", "hang")


@dataclass(frozen=True)
class Caps:
    """What a run may use, over all its restarts; None: as much as it takes."""

    hours: float | None = None
    gpu_hours: float | None = None
    disk_gb: float | None = None
    restarts: int = 0


@dataclass(frozen=True)
class Settings:
    """One launch.

    run: its folder, by default runs/NAME after the script. log_from: the log to judge, or "stdout".
    stop_on: what ends the run, of STOP_ON. grace_s: time to checkpoint between SIGTERM and SIGKILL.
    hang_after_s: None: from the run's own pace. backoff_s: before the first restart, doubled at
    each further one. restart_with: added to the command at a restart, {checkpoint} replaced.
    gpu_hour_price: what a GPU hour costs, in any currency.
    """

    command: tuple[str, ...]
    run: str | None = None
    log_from: str | None = None
    caps: Caps = Caps()
    stages: tuple[str, ...] = ("full",)
    stop_on: tuple[str, ...] = ()
    grace_s: float = 60.0
    hang_after_s: float | None = None
    backoff_s: float = 10.0
    restart_with: str = ""
    gpu_hour_price: float | None = None


def from_file(path: Path) -> dict[str, Any]:
    """Return the keys of a YAML file, `caps` flat among them. Raises ConfigError."""
    import yaml

    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; expected a YAML file") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(tree, dict):
        raise ConfigError(f"{path} holds a {type(tree).__name__}; expected keys such as command")
    _know(tree, _fields(Settings), "", str(path))
    caps = tree.pop("caps", None) or {}
    if not isinstance(caps, dict):
        raise ConfigError(f"{path}: caps is {caps!r}; expected hours, gpu_hours, disk_gb, restarts")
    _know(caps, _fields(Caps), "caps.", str(path))
    return {**tree, **caps}


def built(given: Mapping[str, Any], source: str = "launch") -> Settings:
    """Return the settings that flat keys spell, those of Caps among them. Raises ConfigError."""
    values = {key: value for key, value in given.items() if value is not None}
    command = _words(values.pop("command", ()), "command", source)
    if not command:
        raise ConfigError(f"{source}: there is no command; expected launch [options] -- COMMAND")
    caps = {
        key: _number(values.pop(key), f"caps.{key}", source, whole=key == "restarts")
        for key in _fields(Caps)
        if key in values
    }
    for key in ("grace_s", "hang_after_s", "backoff_s", "gpu_hour_price"):
        if key in values:
            values[key] = _number(values[key], key, source)
    for key, known in (("stages", tuple(STAGE_STEPS)), ("stop_on", STOP_ON)):
        if key in values:
            values[key] = _among(_listed(values[key]), known, key, source)
    for key in ("run", "log_from", "restart_with"):
        if key in values and not isinstance(values[key], str):
            raise ConfigError(f"{source}: {key} is {values[key]!r}; expected text")
    settings = Settings(command=command, caps=Caps(**caps), **values)
    order = [list(STAGE_STEPS).index(stage) for stage in settings.stages]
    if not order or order != sorted(set(order)):
        raise ConfigError(
            f"{source}: stages are {', '.join(settings.stages)}; expected some of "
            f"{', '.join(STAGE_STEPS)}, in this order"
        )
    return settings


def as_json(settings: Settings) -> dict[str, Any]:
    """Return the settings as `built` takes them back, flat and of JSON's types."""
    flat = dataclasses.asdict(settings)
    limits = flat.pop("caps")
    return {**flat, **limits}


def _fields(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))


def _know(tree: Mapping[Any, Any], known: tuple[str, ...], prefix: str, source: str) -> None:
    for key in tree:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"known: {', '.join(known)}"
            raise ConfigError(f"{source} has an unknown key {prefix}{key}; {hint}")


def _words(value: Any, key: str, source: str) -> tuple[str, ...]:
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError as error:
            raise ConfigError(f"{source}: {key} cannot be split into words: {error}") from error
    if isinstance(value, list | tuple) and all(isinstance(w, str | int | float) for w in value):
        return tuple(str(word) for word in value)
    raise ConfigError(f"{source}: {key} is {value!r}; expected text, or a list of words")


def _listed(value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(str(part).strip() for part in parts) if isinstance(parts, list | tuple) else ()


def _among(
    values: tuple[str, ...], known: tuple[str, ...], key: str, source: str
) -> tuple[str, ...]:
    for value in values:
        if value not in known:
            near = get_close_matches(value, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"expected some of {', '.join(known)}"
            raise ConfigError(f"{source}: {key} is {value!r}; {hint}")
    return values


def _number(value: Any, key: str, source: str, *, whole: bool = False) -> Any:
    what = "a whole number" if whole else "a number"
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number) or number < 0 or (whole and number % 1):
        raise ConfigError(f"{source}: {key} is {value!r}; expected {what}, 0 or more")
    return int(number) if whole else number
