"""All text logs that are tested, by name."""

from __future__ import annotations

from logs_by_shape import BY_SHAPE
from logs_of_language import LANGUAGE
from logs_of_libraries import LIBRARIES
from logs_of_vision import VISION

LOGS = {**BY_SHAPE, **LANGUAGE, **VISION, **LIBRARIES}
