"""The configuration files that a command names, as the plan shows them: keys and plain values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from neural_trainer.live.masking import masked
from neural_trainer.live.plain_config import plain

SUFFIXES = (".yaml", ".yml", ".json")
MOST_BYTES = 1 << 16  # a larger file holds data
MOST_KEYS = 40  # shown of one file
_KEY = re.compile(r"[\w.-]{1,80}")
_VALUE = re.compile(r"[\w.+:/@-]{1,60}")  # one word: no sentence that could speak to the reader


def named_configs(command: Sequence[str], folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each file as `command` spells it, and its keys with their values in one line."""
    words = (part for word in command for part in word.split("=", 1))
    for word in dict.fromkeys(words):
        if word.endswith(SUFFIXES):
            tree = _tree(folder / word)
            if tree:
                yield word, _line(tree)


def _tree(path: Path) -> Mapping[str, Any]:
    """Return what a file holds; empty where it is no configuration that can be read."""
    import yaml

    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return {}
        text = path.read_text(encoding="utf-8")
        tree = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return {}
    told = masked(plain(tree))
    return told if isinstance(told, dict) else {}


def _line(tree: Mapping[str, Any]) -> str:
    leaves = list(_leaves(tree, ""))
    told = [f"{key} {_shown(value)}" for key, value in leaves[:MOST_KEYS] if _KEY.fullmatch(key)]
    left_out = len(leaves) - len(told)
    return ", ".join(told) + (f" and {left_out} more" if left_out else "")


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]" if len(value) <= 4 else f"[{len(value)} values]"
    if isinstance(value, bool | int | float) or value is None:
        return str(value)
    return value if isinstance(value, str) and _VALUE.fullmatch(value) else "(text)"
