"""A text log as a framework writes it, and what must be read in it."""

from __future__ import annotations

from typing import NamedTuple


class Log(NamedTuple):
    """signals: for each signal its values by step; none where the log holds two runs."""

    text: str
    signals: dict[str, dict[float, float]]
    format: str = "text-log"
    axis: str = "step"
