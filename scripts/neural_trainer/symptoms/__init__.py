"""What is seen in a run: one file a symptom, each with `find(run) -> Finding |
None`.

A symptom's module has ID, NEEDS (role -> fewest points it can be judged from;
roles.py), GIVEN (symptoms of which one must be seen before this one means
anything), ALARM (worth waking someone), BACKGROUND (share of runs without a
fault that show it, stated until the gym measures it) and find; its docstring
says what it looks for and gives every threshold with its reason.
"""

from __future__ import annotations

from typing import Protocol

from neural_trainer.runs.run import Run
from neural_trainer.symptoms import (
    accumulated_undivided,
    accuracy_constant,
    accuracy_starts_high,
    attends_ahead,
    attention_logits_grow,
    batch_leaps,
    batch_nonfinite,
    clipping_always,
    column_is_the_target,
    common_label_answered,
    crashed_otherwise,
    crashed_out_of_memory,
    data_waits,
    depth_out_of_balance,
    descent_falls_short,
    discriminator_wins,
    early_instability,
    epsilon_above_gradients,
    eval_above_guess_at_first,
    eval_accuracy_stands,
    eval_apart_at_first,
    eval_apart_from_start,
    eval_below_guess,
    eval_best_at_first,
    eval_gap_growing,
    eval_left_behind,
    eval_loss_jumps,
    eval_metric_falls,
    eval_never_improves,
    eval_rises_from_chance,
    eval_stays_at_chance,
    eval_too_good,
    eval_turns,
    evaluated_in_train_mode,
    first_loss_high,
    grad_norm_falls_far,
    gradient_absent,
    gradient_dwarfs_parameters,
    gradient_gone,
    gradient_nonfinite_alone,
    gradients_alike,
    gradients_exploding,
    gradients_pile_up,
    held_out_trained_on,
    inputs_far_off_scale,
    labels_in_turn,
    layer_gradients_exploding,
    layer_gradients_vanishing,
    layers_frozen,
    layers_not_moving,
    layers_outside_optimizer,
    layers_without_gradient,
    loss_above_any_guess,
    loss_at_chance,
    loss_at_clamp,
    loss_at_softmax_floor,
    loss_at_unit_variance,
    loss_bounces,
    loss_broadcasts,
    loss_diverging,
    loss_falls_straight,
    loss_follows_lr,
    loss_held_high,
    loss_high_for_accuracy,
    loss_nonfinite,
    loss_not_falling,
    loss_not_the_mean,
    loss_of_probabilities,
    loss_periodic,
    loss_plateau,
    loss_recoils_to_chance,
    loss_scale_falls,
    loss_spike,
    loss_still_falling,
    lr_jumps,
    lr_spent_early,
    lr_starts_high,
    lr_still_rising,
    lr_turns_often,
    lr_zero,
    memory_grows,
    never_right,
    nonfinite_after_climb,
    nonfinite_as_lr_rises,
    nonfinite_in_fp16,
    nonfinite_sudden,
    old_task_forgotten,
    one_label_dominates,
    optimizer_idle,
    outputs_alike,
    outputs_narrow,
    padding_scored,
    param_norm_inflates,
    param_norm_shrinks,
    parameters_barely_move,
    parameters_fall_back,
    parameters_leap,
    parameters_only_shrink,
    parameters_seldom_move,
    parameters_unmoved,
    progress_as_lr_decays,
    rate_large_for_adam,
    rate_tiny,
    recurrent_gradients_large,
    repeats_grow,
    reward_collapsed,
    reward_frozen,
    reward_never_moves,
    samples_grow_alike,
    schedule_begins_anew,
    scored_on_another_scale,
    steps_skipped,
    steps_slow_down,
    targets_out_of_step,
    term_goes_dead,
    term_weighs_nothing,
    train_above_eval,
    trained_in_eval_mode,
    units_dead,
    units_saturated,
    unstable_at_peak_lr,
    untrained_layers_frozen,
    untrained_layers_unheld,
    updates_held_back,
    updates_large,
    updates_tiny,
    weights_start_far_off,
    words_not_learnt,
)
from neural_trainer.symptoms.finding import Finding, Findings, NotChecked
from neural_trainer.symptoms.roles import missing

__all__ = ["SYMPTOMS", "Finding", "Findings", "NotChecked", "look"]


class Symptom(Protocol):
    """A module of this package that finds one symptom."""

    ID: str
    NEEDS: dict[str, int]
    GIVEN: tuple[str, ...]
    ALARM: bool
    BACKGROUND: float

    def find(self, run: Run) -> Finding | None:
        """Return what was seen, or None where the run does not show it."""


_MODULES = (  # each after those of its GIVEN
    loss_nonfinite,
    nonfinite_after_climb,
    nonfinite_sudden,
    nonfinite_as_lr_rises,
    loss_diverging,
    loss_spike,
    loss_bounces,
    early_instability,
    gradients_exploding,
    unstable_at_peak_lr,
    loss_follows_lr,
    progress_as_lr_decays,
    loss_not_falling,
    loss_at_chance,
    loss_at_clamp,
    loss_plateau,
    eval_gap_growing,
    eval_left_behind,
    lr_zero,
    lr_jumps,
    schedule_begins_anew,
    lr_starts_high,
    reward_collapsed,
    reward_frozen,
    reward_never_moves,
    layers_outside_optimizer,
    layers_not_moving,
    layers_frozen,
    gradients_alike,
    layer_gradients_exploding,
    recurrent_gradients_large,
    layer_gradients_vanishing,
    depth_out_of_balance,
    units_dead,
    units_saturated,
    updates_large,
    updates_tiny,
    attention_logits_grow,
    clipping_always,
    eval_loss_jumps,
    eval_metric_falls,
    gradients_pile_up,
    layers_without_gradient,
    loss_falls_straight,
    loss_scale_falls,
    steps_skipped,
    lr_spent_early,
    lr_still_rising,
    lr_turns_often,
    param_norm_inflates,
    param_norm_shrinks,
    parameters_seldom_move,
    parameters_unmoved,
    parameters_leap,
    parameters_fall_back,
    parameters_barely_move,
    updates_held_back,
    descent_falls_short,
    loss_recoils_to_chance,
    first_loss_high,
    grad_norm_falls_far,
    gradient_dwarfs_parameters,
    gradient_gone,
    accuracy_constant,
    common_label_answered,
    never_right,
    loss_high_for_accuracy,
    loss_at_softmax_floor,
    loss_at_unit_variance,
    loss_held_high,
    loss_still_falling,
    eval_stays_at_chance,
    eval_below_guess,
    eval_never_improves,
    eval_rises_from_chance,
    train_above_eval,
    eval_apart_from_start,
    loss_periodic,
    eval_too_good,
    data_waits,
    memory_grows,
    steps_slow_down,
    gradient_nonfinite_alone,
    accuracy_starts_high,
    eval_accuracy_stands,
    samples_grow_alike,
    old_task_forgotten,
    words_not_learnt,
    repeats_grow,
    discriminator_wins,
    term_goes_dead,
    term_weighs_nothing,
    rate_large_for_adam,
    rate_tiny,
    eval_turns,
    eval_best_at_first,
    eval_apart_at_first,
    eval_above_guess_at_first,
    loss_above_any_guess,
    parameters_only_shrink,
    crashed_out_of_memory,
    crashed_otherwise,
    evaluated_in_train_mode,
    trained_in_eval_mode,
    held_out_trained_on,
    inputs_far_off_scale,
    outputs_alike,
    outputs_narrow,
    loss_of_probabilities,
    targets_out_of_step,
    column_is_the_target,
    scored_on_another_scale,
    accumulated_undivided,
    optimizer_idle,
    gradient_absent,
    attends_ahead,
    padding_scored,
    untrained_layers_frozen,
    untrained_layers_unheld,
    loss_broadcasts,
    loss_not_the_mean,
    one_label_dominates,
    labels_in_turn,
    epsilon_above_gradients,
    batch_nonfinite,
    batch_leaps,
    nonfinite_in_fp16,
    weights_start_far_off,
)
SYMPTOMS: dict[str, Symptom] = {module.ID: module for module in _MODULES}
TOLD_BY = {"eval-left-behind": {"eval-gap-growing", "eval-turns"}}
"""Symptom -> others that tell the same in another form: where one is seen, that it is not says
nothing."""


def look(run: Run) -> Findings:
    """Return everything seen in `run`, and what could not be looked for and why."""
    found: list[Finding] = []
    absent, unchecked = [], []
    points: dict[str, int] = {}
    for name, symptom in SYMPTOMS.items():
        if symptom.GIVEN and not {item.symptom for item in found} & set(symptom.GIVEN):
            continue
        needs = missing(run, symptom.NEEDS, points)
        if needs:
            unchecked.append(NotChecked(name, needs))
            continue
        finding = symptom.find(run)
        if finding is None:
            absent.append(name)
        else:
            found.append(finding)
    shown = {item.symptom for item in found}
    absent = [name for name in absent if not shown & TOLD_BY.get(name, set())]
    return Findings(tuple(found), tuple(absent), tuple(unchecked))
