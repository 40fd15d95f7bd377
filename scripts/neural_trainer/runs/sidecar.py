"""The configuration that a trainer leaves beside its log."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from neural_trainer.runs.lines import one_line

# Of Ultralytics, YOLOv5, Lightning, RLlib and Weights & Biases.
_FILES = ("args.yaml", "opt.yaml", "hparams.yaml", "params.json", "files/config.yaml")
_LARGEST = 1 << 20  # bytes of JSON
_LARGEST_YAML = 1 << 17  # bytes; it takes a second at worst
_MOST_VALUES = 100_000


def config_beside(log: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the configuration beside a log or in its folder, and why one could not be read."""
    folder = log if log.is_dir() else log.parent
    for path in _beside(folder):
        if path != log:
            try:
                found = _parsed(path)
            except (OSError, ValueError, RecursionError) as error:
                why = one_line(error)
                return {}, (f"{path.name} beside it is left out ({why})",)
            if found:
                return found, ()
    return {}, ()


def _beside(folder: Path) -> list[Path]:
    """Return which of _FILES there are. A folder of many runs asks for each: paths cost more."""
    place = str(folder)
    return [folder / name for name in _FILES if os.path.isfile(f"{place}/{name}")]


def _parsed(path: Path) -> dict[str, Any]:
    is_json = path.suffix == ".json"
    most = _LARGEST if is_json else _LARGEST_YAML
    if path.stat().st_size > most:
        raise ValueError(f"over {most >> 10} KiB")
    text = path.read_text(encoding="utf-8", errors="replace")
    found = json.loads(text) if is_json else _yaml(text)
    if not isinstance(found, dict):
        return {}
    if not _is_small(found):
        raise ValueError(f"over {_MOST_VALUES} values, references followed")
    # wandb writes {"lr": {"desc": null, "value": 0.1}}, with its own figures under _wandb.
    plain = {
        str(key): value for key, value in found.items() if key not in ("_wandb", "wandb_version")
    }
    wrapped = plain and all(isinstance(v, dict) and "value" in v for v in plain.values())
    return {key: v["value"] for key, v in plain.items()} if wrapped else plain


def _yaml(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Without merge keys: a few lines of them may ask for more than any memory."""

        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            pass

    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise ValueError(one_line(error)) from error


def _is_small(found: Any) -> bool:
    """Return whether a value stays in bounds with its references followed: YAML may nest them."""
    stack, num_values = [found], 0
    while stack and num_values <= _MOST_VALUES:
        value = stack.pop()
        num_values += 1
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, (list, tuple, set)):
            stack.extend(value)
    return not stack
