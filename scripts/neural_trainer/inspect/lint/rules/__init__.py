"""The rules of `lint`: one file a rule, with `find(source) -> list[Spot]`.

A rule's module has ID (kebab case), CAUSE (the id of the cause in causes/ that
the bug leads to, "" where none fits) and find; its docstring says what it looks
for, the reason, the fix, what it does not report, and its sources: it is what
`explain ID` prints.
"""

from __future__ import annotations

from typing import Protocol

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.rules import (
    accumulation_not_divided,
    autocast_around_backward,
    backward_under_no_grad,
    causal_mask_missing,
    checkpoint_without_optimizer,
    clip_before_unscale,
    clip_without_effect,
    clipping_too_tight,
    data_not_shuffled,
    deprecated_cuda_amp,
    evaluation_in_train_mode,
    evaluation_with_gradients,
    fp16_without_scaler,
    grad_scaler_incomplete,
    in_place_on_leaf,
    initial_weights_constant,
    item_in_inner_loop,
    learning_rate_dead,
    load_without_weights_only,
    log_of_softmax,
    log_of_zero,
    logging_missing,
    loss_detached,
    loss_kept_with_graph,
    loss_reduction_wrong,
    optimizer_before_move,
    optimizer_before_new_head,
    optimizer_step_missing,
    padding_not_masked,
    parameters_frozen,
    parameters_in_plain_list,
    parameters_not_in_optimizer,
    resume_incomplete,
    retain_graph,
    scaler_fitted_before_split,
    scheduler_before_optimizer,
    scheduler_wrong_unit,
    seed_missing,
    set_epoch_missing,
    shuffle_with_sampler,
    sigmoid_before_bce_with_logits,
    softmax_before_cross_entropy,
    target_shape_broadcast,
    test_data_in_training,
    train_mode_not_restored,
    warmup_missing,
    weight_decay_on_norms,
    weight_decay_too_high,
    workers_share_seed,
    zero_grad_before_step,
    zero_grad_missing,
)
from neural_trainer.inspect.lint.source import Source

__all__ = ["RULES", "Rule"]


class Rule(Protocol):
    """A module of this package that finds one kind of bug."""

    ID: str
    CAUSE: str

    def find(self, source: Source) -> list[Spot]:
        """Return where the bug stands, and what was seen there."""


_MODULES = (
    zero_grad_missing,
    softmax_before_cross_entropy,
    deprecated_cuda_amp,
    zero_grad_before_step,
    optimizer_step_missing,
    sigmoid_before_bce_with_logits,
    log_of_softmax,
    backward_under_no_grad,
    autocast_around_backward,
    clip_without_effect,
    clip_before_unscale,
    grad_scaler_incomplete,
    scheduler_before_optimizer,
    scheduler_wrong_unit,
    loss_kept_with_graph,
    loss_detached,
    train_mode_not_restored,
    evaluation_in_train_mode,
    evaluation_with_gradients,
    accumulation_not_divided,
    optimizer_before_move,
    optimizer_before_new_head,
    load_without_weights_only,
    shuffle_with_sampler,
    data_not_shuffled,
    set_epoch_missing,
    workers_share_seed,
    weight_decay_too_high,
    weight_decay_on_norms,
    clipping_too_tight,
    learning_rate_dead,
    warmup_missing,
    retain_graph,
    item_in_inner_loop,
    in_place_on_leaf,
    parameters_in_plain_list,
    fp16_without_scaler,
    log_of_zero,
    loss_reduction_wrong,
    parameters_frozen,
    parameters_not_in_optimizer,
    checkpoint_without_optimizer,
    resume_incomplete,
    seed_missing,
    logging_missing,
    test_data_in_training,
    scaler_fitted_before_split,
    padding_not_masked,
    causal_mask_missing,
    target_shape_broadcast,
    initial_weights_constant,
)
RULES: dict[str, Rule] = {module.ID: module for module in _MODULES}
