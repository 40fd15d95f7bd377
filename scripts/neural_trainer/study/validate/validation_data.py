"""A validation as plain data, with the schema that programs may hold it to."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from neural_trainer.study.validate.validation import Validation

SCHEMA = "neural-trainer/validation/1"


def to_dict(found: Validation) -> dict[str, Any]:
    """Return all of it; numbers that are not finite become strings, what was not done null."""
    tree = plain(found)
    if found.leakage is not None:
        del tree["leakage"]["copies"]
    return {"schema": SCHEMA, **tree}


def plain(value: Any) -> Any:
    """Return dataclasses, arrays and tuples as JSON can hold them.

    >>> plain((1.5, float("nan"), np.eye(1)))
    [1.5, 'nan', [[1.0]]]
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    return value
