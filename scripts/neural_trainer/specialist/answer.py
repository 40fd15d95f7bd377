"""An answer in words and JSON, taken apart."""

from __future__ import annotations

import json
import re
from typing import Any

_BLOCK = re.compile(r"```json\s*\n(.*?)\n\s*```", re.DOTALL)


def taken_apart(text: str) -> tuple[dict[str, Any] | None, str]:
    """Return the JSON object of an answer and the words around it; None where it holds none.

    The object stands in the last block of JSON, or is the whole text.

    >>> taken_apart('```json\\n{"open": []}\\n```\\nAll is well.')
    ({'open': []}, 'All is well.')
    """
    blocks = list(_BLOCK.finditer(text))
    if not blocks:
        return _object(text), ""
    last = blocks[-1]
    words = text[: last.start()].strip() + "\n\n" + text[last.end() :].strip()
    return _object(last[1]), words.strip()


def kept(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """Return `value`, which meets `schema`, without the keys that the schema does not name."""
    root = root or schema
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list) and "items" in schema:
        return [kept(item, schema["items"], root) for item in value]
    if isinstance(value, dict) and "properties" in schema:
        named = schema["properties"]
        return {key: kept(item, named[key], root) for key, item in value.items() if key in named}
    return value


def _object(text: str) -> dict[str, Any] | None:
    try:
        held = json.loads(text, parse_constant=_refuse)
    except ValueError:
        return None
    return held if isinstance(held, dict) else None


def _refuse(constant: str) -> None:
    """Refuse NaN and Infinity, which JSON does not have."""
    raise ValueError(constant)
