"""What is wrong: one file a cause, with why it happens, what confirms it and
how to mend it.

A cause's module has ID, ISSUE (one line), CONFIRM, SETTING ("any",
"supervised" or "reinforcement": where it can occur), PRIOR (its share among
all runs), EXPECTS (symptom -> chance that a run with this cause shows it,
stated until the gym measures it) and fixes(run, findings).
"""

from __future__ import annotations

from typing import Protocol

from neural_trainer.causes import (
    accumulation_not_normalised,
    activations_saturated,
    adam_epsilon_too_large,
    attention_logits_growing,
    bad_batch,
    clipping_too_tight,
    converged,
    grad_scaler_stuck,
    gradients_vanishing,
    graph_detached,
    healthy,
    log_of_zero,
    lr_schedule_wrong,
    lr_too_high,
    lr_too_low,
    optimizer_step_missing,
    overfitting,
    parameters_frozen,
    parameters_not_in_optimizer,
    policy_collapse,
    recurrent_gradients_exploding,
    relus_dead,
    reward_frozen,
    unknown,
    warmup_missing,
    weight_decay_too_high,
    zero_grad_missing,
)
from neural_trainer.causes.fix import Fix
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

__all__ = ["CAUSES", "FAULTS", "Cause", "Fault", "Fix"]


class Cause(Protocol):
    """A module of this package that names one explanation of what was seen."""

    ID: str
    ISSUE: str
    SETTING: str
    PRIOR: float
    EXPECTS: dict[str, float]


class Fault(Cause, Protocol):
    """A cause that can be mended."""

    CONFIRM: str

    def fixes(self, run: Run, findings: Findings) -> tuple[Fix, ...]:
        """Return what mends it in this run, the best first."""


_FAULTS = (
    lr_too_high,
    lr_too_low,
    warmup_missing,
    lr_schedule_wrong,
    clipping_too_tight,
    weight_decay_too_high,
    adam_epsilon_too_large,
    zero_grad_missing,
    optimizer_step_missing,
    accumulation_not_normalised,
    graph_detached,
    grad_scaler_stuck,
    parameters_not_in_optimizer,
    parameters_frozen,
    attention_logits_growing,
    recurrent_gradients_exploding,
    gradients_vanishing,
    relus_dead,
    activations_saturated,
    log_of_zero,
    bad_batch,
    overfitting,
    policy_collapse,
    reward_frozen,
)
FAULTS: dict[str, Fault] = {module.ID: module for module in _FAULTS}
CAUSES: dict[str, Cause] = {**FAULTS, **{m.ID: m for m in (healthy, converged, unknown)}}
