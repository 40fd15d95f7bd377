"""One step: its batches, averaged over their terms, backward, and the update."""

from __future__ import annotations

from functools import partial
from typing import Any

from neural_trainer.errors import ConfigError
from neural_trainer.layers.batches import (
    check_finite,
    first_samples,
    num_samples,
    num_terms,
    on_device,
    with_targets,
)
from neural_trainer.training.bad_input import out_of_range_told
from neural_trainer.training.fitting import is_out_of_memory, largest_fitting
from neural_trainer.training.parallel import exchanging, refuse_unused
from neural_trainer.training.schedule import lr_factor
from neural_trainer.training.sharing import counted
from neural_trainer.training.state import TrainingState
from neural_trainer.training.update import autocast, update


def train_step(state: TrainingState, device: Any) -> dict[str, Any]:
    """Take one step and return what there is to record of it: loss, samples, gradient norm.

    The loss is the mean over all terms of its batches, on all ranks, as if they were one. Raises
    ConfigError at data that cannot be trained on, NeuralTrainerError where gradients stay infinite
    or NaN.
    """
    state.skips.check()
    case, settings = state.case, state.config.training
    step, count = state.step + 1, case.num_terms or num_terms
    state.set_lr(lr_factor(state.taken + 1, state.config.schedule, settings.steps))
    for optimizer in state.optimizers:
        optimizer.zero_grad()
    batches, terms, sizes = zip(
        *(counted(next(state.passes), count) for _ in range(settings.accumulate)), strict=True
    )
    total, samples, stops = state.world.summed(sum(terms), sum(sizes), state.must_stop())
    state.stops = bool(stops)
    if total == 0:
        raise ConfigError(f"step {step}: there is no target in its batches that counts")
    loss: Any = 0.0
    for number, (batch, own) in enumerate(zip(batches, terms, strict=True), start=1):
        check_finite(batch, f"step {step}")
        with exchanging(state.model, state.way, is_last=number == len(batches)):
            loss = loss + _backward(
                state, batch if own else with_targets(batch), own / total, device
            )
    loss = _recorded(state, loss, sum(terms) / total)
    if state.way == "ddp" and not state.has_stepped:
        refuse_unused(case.model)
    state.has_stepped = True
    norm, skipped = update(
        case.model, state.optimizers, state.scaler, settings.clip_norm, settings.skip_nonfinite
    )
    state.skips.add(step, skipped)
    is_taken = state.scaler is None or not skipped
    state.step, state.taken = step, state.taken + is_taken
    if state.ema is not None and is_taken:
        state.ema.update()
    return {"loss": loss, "samples": int(samples), "skipped_steps": state.skips.count, **norm}


def _recorded(state: TrainingState, loss: Any, share: float) -> Any:
    """Return of a loss weighed by `share` what is recorded: on rank 0 that of all ranks' terms.

    Another rank records the mean of its own terms; that of all where it has none.
    """
    world = state.world
    if world.size == 1:
        return loss
    of_all = world.total(loss.clone())
    return of_all if world.rank == 0 or share == 0 else loss / share


def _backward(state: TrainingState, batch: Any, share: float, device: Any) -> Any:
    """Add `share` of the gradient of a batch's loss; return the same share of the loss."""
    where = f"step {state.step + 1}"
    try:
        with out_of_range_told(batch, where):
            return _forward_backward(state, batch, share, device)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    # Past the handler, where the error's stack no longer holds what did not fit.
    raise ConfigError(f"{where}: {_too_large(state, batch, device)}")


def _forward_backward(state: TrainingState, batch: Any, share: float, device: Any) -> Any:
    moved = on_device(batch, device)
    with autocast(state.config.training.precision, device):
        loss = state.case.loss_fn(state.model, moved)
        if share != 1:  # a product more, forward and backward
            loss = loss * share
    (loss if state.scaler is None else state.scaler.scale(loss)).backward()
    return loss.detach()


def _too_large(state: TrainingState, batch: Any, device: Any) -> str:
    """Say which batch did not fit, and the largest that does."""
    size = num_samples(batch) or 1
    if state.world.size > 1:  # a rank cannot try others alone
        return (
            f"rank {state.world.rank}'s share of a batch, {size} samples, does not fit into "
            f"memory; take a smaller batch with more training.accumulate, or more processes"
        )
    fits = largest_fitting(partial(_attempt, state, batch, device), size)
    told = f"a batch of {size} samples does not fit into memory; "
    if fits == 0:
        return (
            f"{told}not even one does: take a smaller model, or training.activation_checkpointing"
        )
    times = state.config.training.accumulate * -(-size // fits)
    where = "training.batch_size" if state.config.case is None else "your loader's batch_size"
    return (
        f"{told}the largest that does has {fits}: {where}={fits} with "
        f"training.accumulate={times} takes at least as many a step"
    )


def _attempt(state: TrainingState, batch: Any, device: Any, count: int) -> None:
    for optimizer in state.optimizers:
        optimizer.zero_grad()
    if device.type == "cuda":
        import torch

        torch.cuda.empty_cache()
    _forward_backward(state, first_samples(batch, count), 1.0, device)
