"""What is wrong: one file a cause, with why it happens, what confirms it and
how to mend it.

A cause's module has ID, ISSUE (one line), CONFIRM, SETTING ("any",
"supervised", "reinforcement", "crashed", "several runs": where it can show),
PRIOR (its share among all runs), EXPECTS (symptom -> chance that a run with
this cause shows it, stated until the gym measures it), fixes(run, findings).
"""

from __future__ import annotations

from typing import Protocol

from neural_trainer.causes import (
    accumulation_not_normalised,
    activations_saturated,
    adam_epsilon_too_large,
    attention_logits_growing,
    augmentation_duplicated,
    auxiliary_head_collapsed,
    bad_batch,
    bad_initialisation,
    capacity_too_small,
    catastrophic_forgetting,
    causal_mask_missing,
    class_imbalance,
    clipping_too_tight,
    converged,
    data_leakage,
    data_not_shuffled,
    dataloader_bottleneck,
    embedding_unstable,
    eval_mode_while_training,
    fp16_overflow,
    grad_scaler_stuck,
    gradients_vanishing,
    graph_detached,
    healthy,
    inputs_not_normalised,
    label_noise,
    labels_wrong,
    log_of_zero,
    loss_reduction_wrong,
    lr_schedule_wrong,
    lr_too_high,
    lr_too_low,
    memory_leak,
    mode_collapse,
    nan_hidden_by_logger,
    optimizer_step_missing,
    out_of_memory,
    output_constant,
    overfitting,
    padding_not_masked,
    parameters_frozen,
    parameters_not_in_optimizer,
    policy_collapse,
    ranks_out_of_sync,
    recurrent_gradients_exploding,
    relus_dead,
    repetition_collapse,
    resume_incomplete,
    reward_frozen,
    run_crashed,
    seed_noise,
    softmax_twice,
    stopped_too_early,
    target_shape_broadcast,
    throughput_cliff,
    train_mode_while_evaluating,
    train_val_mismatch,
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
    parameters_not_in_optimizer,
    parameters_frozen,
    accumulation_not_normalised,
    graph_detached,
    grad_scaler_stuck,
    fp16_overflow,
    log_of_zero,
    bad_batch,
    attention_logits_growing,
    recurrent_gradients_exploding,
    bad_initialisation,
    gradients_vanishing,
    relus_dead,
    activations_saturated,
    inputs_not_normalised,
    capacity_too_small,
    stopped_too_early,
    embedding_unstable,
    output_constant,
    auxiliary_head_collapsed,
    softmax_twice,
    loss_reduction_wrong,
    target_shape_broadcast,
    causal_mask_missing,
    padding_not_masked,
    labels_wrong,
    label_noise,
    class_imbalance,
    data_not_shuffled,
    data_leakage,
    train_val_mismatch,
    overfitting,
    augmentation_duplicated,
    eval_mode_while_training,
    train_mode_while_evaluating,
    dataloader_bottleneck,
    memory_leak,
    throughput_cliff,
    resume_incomplete,
    ranks_out_of_sync,
    out_of_memory,
    run_crashed,
    nan_hidden_by_logger,
    seed_noise,
    mode_collapse,
    policy_collapse,
    reward_frozen,
    catastrophic_forgetting,
    repetition_collapse,
)
FAULTS: dict[str, Fault] = {module.ID: module for module in _FAULTS}
CAUSES: dict[str, Cause] = {**FAULTS, **{m.ID: m for m in (healthy, converged, unknown)}}
