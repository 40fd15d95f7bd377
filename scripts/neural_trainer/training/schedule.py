"""The learning-rate schedule: warm-up, then cosine, linear, WSD or constant."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_trainer.training.config import ScheduleConfig


def lr_factor(step: int, config: ScheduleConfig, num_steps: int) -> float:
    """Return the share of the peak lr at which `step`, from 1, is taken.

    Warm-up reaches 1 at step `warmup_steps`; the decay reaches `final_fraction` at the last step.
    WSD cools down as 1 - sqrt over its last steps (Hägele et al. 2024, 2405.18392, section 3).
    """
    if step <= config.warmup_steps:
        return step / config.warmup_steps
    if config.name == "constant":
        return 1.0
    begin = config.warmup_steps
    if config.name == "wsd":
        begin = max(begin, num_steps - round(config.decay_fraction * num_steps))
    gone = min(1.0, max(0, step - begin) / max(1, num_steps - begin))
    if config.name == "cosine":
        left = 0.5 * (1 + math.cos(math.pi * gone))
    else:
        left = 1 - (gone if config.name == "linear" else math.sqrt(gone))
    return config.final_fraction + (1 - config.final_fraction) * left
