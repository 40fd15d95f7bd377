"""A validation as plain data, with the schema that programs may hold it to."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from neural_trainer.render.report_schema import COUNT, NUMBER, TEXT, Node
from neural_trainer.study.validate.leakage import Leakage
from neural_trainer.study.validate.validation import Validation

SCHEMA = "neural-trainer/validation/1"
UNTOLD = {Leakage: ("copies",)}  # as many as the split has items
_PLAIN: dict[Any, Node] = {
    str: TEXT, float: NUMBER, int: COUNT, bool: {"type": "boolean"}, NoneType: {"enum": [None]},
}  # fmt: skip


def to_dict(found: Validation) -> dict[str, Any]:
    """Return all of it, as docs/validation.schema.json has it.

    Numbers that are not finite become strings, what was not done null.
    """
    return {"schema": SCHEMA, **plain(found)}


def plain(value: Any) -> Any:
    """Return dataclasses, arrays and tuples as JSON can hold them.

    >>> plain((1.5, float("nan"), np.eye(1)))
    [1.5, 'nan', [[1.0]]]
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _told(type(value))}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    return value


def schema() -> Node:
    """Return the JSON Schema (draft 2020-12) of what validate --json prints. Needs torch."""
    whole = schema_of(Validation)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{SCHEMA}: what neural-trainer validate --json prints",
        **whole,
        "properties": {"schema": {"const": SCHEMA}, **whole["properties"]},
        "required": ["schema", *whole["required"]],
    }


def schema_of(kind: Any) -> Node:
    """Return the schema of what `plain` makes of a value of this type.

    >>> schema_of(tuple[str, ...])
    {'type': 'array', 'items': {'type': 'string'}}
    """
    if is_dataclass(kind):
        from neural_trainer.study.validate.corruptions import Robust
        from neural_trainer.study.validate.speed import Speed

        types = get_type_hints(kind, localns={"Robust": Robust, "Speed": Speed})
        told = {name: schema_of(types[name]) for name in _told(kind)}
        return {
            "type": "object", "properties": told, "required": list(told),
            "additionalProperties": False,
        }  # fmt: skip
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(one) for one in inner]}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is tuple and inner[1] is Ellipsis:
        return {"type": "array", "items": schema_of(inner[0])}
    if origin is tuple:  # two of one type
        two = {"minItems": len(inner), "maxItems": len(inner)}
        return {"type": "array", "items": schema_of(inner[0]), **two}
    if origin is np.ndarray:  # the confusion matrix
        return {"type": "array", "items": {"type": "array", "items": NUMBER}}
    return _PLAIN[kind]


def _told(kind: Any) -> list[str]:
    """Return the fields of a dataclass that are told."""
    return [field.name for field in fields(kind) if field.name not in UNTOLD.get(kind, ())]
