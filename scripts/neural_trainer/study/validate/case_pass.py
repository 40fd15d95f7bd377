"""Predictions of a case's model on one split, out of what its loss_fn compares.

The inputs and targets of the first loss of torch.nn.functional that loss_fn calls are taken:
cross_entropy (classes; language where a sample has many targets), binary_cross_entropy, mse_loss
and its like. A loss made by hand shows none of these and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.checks.data_look import input_parts
from neural_trainer.inspect.checks.observing import BINARY, CLASSES, LossCall, observe
from neural_trainer.inspect.untouched import random_states
from neural_trainer.inspect.user_case import one_line
from neural_trainer.layers.batches import IGNORED, num_samples, on_device, tensors
from neural_trainer.layers.case import Case
from neural_trainer.runs.run import Array
from neural_trainer.study.validate.predictions import Predictions

MOST_ITEMS = 200_000
MOST_INPUT_VALUES = 50_000_000  # kept of one split; beyond it leakage and shift see the first
KEYS = ("id", "ids", "group", "groups", "fold")  # of a batch that is a mapping: no inputs


@dataclass
class _Taken:
    """What batches gave so far."""

    kind: str = ""
    parts: dict[str, list[Array]] = field(default_factory=dict)
    inputs: dict[str, list[Any]] = field(default_factory=dict)
    named: dict[str, list[Any]] = field(default_factory=dict)
    num: int = 0
    values: int = 0
    whole: bool = True

    def add(self, name: str, values: Any) -> None:
        self.parts.setdefault(name, []).append(np.asarray(values, dtype=float))

    def all(self, name: str) -> Array:
        return np.concatenate(self.parts[name])


def predict(
    case: Case, batches: Iterable[Any], source: str,
    change: Callable[[nn.Module, Any], Any] | None = None, keep_inputs: bool = True,
) -> Predictions:  # fmt: skip
    """Return the predictions of the case's model in evaluation mode; modes and states are put back.

    change: change(model, batch) -> the batch to predict from instead. Raises ConfigError.
    """
    taken = _Taken()
    model = case.model
    with evaluating(model), random_states(batches):
        device = next((p.device for p in model.parameters()), torch.device("cpu"))
        for number, raw in enumerate(batches):
            if taken.num >= MOST_ITEMS:
                taken.whole = False
                break
            batch = on_device(raw, device)
            if change is not None:
                batch = change(model, batch)
            with torch.no_grad(), _last_linear(model) as given:
                seen = observe(case.loss_fn, model, batch)
            where = f"{source}, batch {number}"
            if seen.error is not None:
                raise ConfigError(f"{where}: loss_fn raised {one_line(seen.error)}")
            if not seen.calls:
                raise ConfigError(
                    f"{where}: loss_fn calls no loss of torch.nn.functional, out of which "
                    f"predictions are taken; call cross_entropy, mse_loss …, or validate a file "
                    f"of predictions"
                )
            _take(taken, seen.calls[0], batch, given, where)
            if keep_inputs:
                _keep(taken, batch, number)
    if not taken.num:
        raise ConfigError(f"{source} yielded nothing; expected a re-iterable with batches")
    return _made(taken, source)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put every module in evaluation mode, and back into its own afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, was in modes:
            module.training = was


@contextmanager
def _last_linear(model: nn.Module) -> Iterator[list[Tensor]]:
    """Yield a list that holds what the last linear layer was given, once it ran."""
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    seen: list[Tensor] = []

    def note(_: nn.Module, args: tuple[Any, ...]) -> None:
        if args and isinstance(args[0], Tensor):
            seen[:] = [args[0].detach()]

    handle = layers[-1].register_forward_pre_hook(note) if layers else None
    try:
        yield seen
    finally:
        if handle is not None:
            handle.remove()


def _take(taken: _Taken, call: LossCall, batch: Any, given: list[Tensor], where: str) -> None:
    count = num_samples(batch) or 0
    output, target = call.input.detach().float(), call.target.detach()
    if not bool(output.isfinite().all()):
        raise ConfigError(f"{where}: the model's output is not finite; mend the model or the data")
    if call.name in CLASSES:
        kind = _of_classes(taken, call, output, target, count, where)
    elif call.name in BINARY:
        kind = "binary"
        chance = output if call.name == "binary_cross_entropy" else output.sigmoid()
        _same_number(chance.numel(), count, where)
        taken.add("truth", target.reshape(-1).round().cpu())
        taken.add("probability", chance.reshape(-1).cpu())
    else:
        kind = "numbers"
        flat, true = output.reshape(count, -1), target.float().reshape(count, -1)
        if flat.shape[1] != 1 or true.shape[1] != 1:
            raise ConfigError(
                f"{where}: {flat.shape[1]} numbers a sample; expected one: validate a file of "
                f"predictions, one output at a time"
            )
        taken.add("truth", true.reshape(-1).cpu())
        taken.add("predicted", flat.reshape(-1).cpu())
    if taken.kind not in ("", kind):
        raise ConfigError(f"{where}: its loss is of {kind}, that of earlier batches {taken.kind}")
    taken.kind = kind
    taken.num += count
    if given and given[0].shape[0] == count:
        width = given[0].shape[-1]
        taken.add("embedding", given[0].float().reshape(count, -1, width).mean(1).cpu())


def _of_classes(
    taken: _Taken, call: LossCall, output: Tensor, target: Tensor, count: int, where: str
) -> str:
    if target.is_floating_point():
        raise ConfigError(f"{where}: targets are probabilities; expected the index of a class")
    if output.ndim > 2:  # (batch, classes, …)
        output = output.movedim(1, -1)
    ignored = int(call.options.get("ignore_index", IGNORED))
    logs = output.reshape(-1, output.shape[-1])
    logs = logs.log_softmax(-1) if call.name == "cross_entropy" else logs
    true = target.reshape(-1).long()
    if len(true) == count:
        kept = true != ignored
        if not bool(kept.all()):
            raise ConfigError(f"{where}: samples without a target; expected one for each")
        taken.add("truth", true.cpu())
        taken.add("probabilities", logs.exp().cpu())
        return "classes"
    if not count or len(true) % count:
        raise ConfigError(f"{where}: {len(true)} targets for {count} samples; expected a multiple")
    counts = true != ignored
    safe = true.masked_fill(~counts, 0)
    nats = -logs.gather(1, safe[:, None])[:, 0] * counts
    right = (logs.argmax(1) == safe) & counts
    for name, values in (("truth", nats), ("predicted", right), ("tokens", counts)):
        taken.add(name, values.reshape(count, -1).sum(1).cpu())
    return "tokens"


def _same_number(found: int, count: int, where: str) -> None:
    if found != count:
        raise ConfigError(f"{where}: {found} outputs for {count} samples; expected one each")


def _keep(taken: _Taken, batch: Any, number: int) -> None:
    """Keep the inputs of a batch, and what a mapping tells of its samples."""
    count = num_samples(batch) or 0
    if isinstance(batch, dict):
        for key in KEYS:
            if key in batch and len(batch[key]) == count:
                values = batch[key]
                taken.named.setdefault(key.removesuffix("s"), []).append(
                    np.array([str(one) for one in (values.tolist() if hasattr(values, "tolist")
                                                   else values)])
                )  # fmt: skip
    laid_out = list(input_parts(batch)) or list(tensors(batch))  # a tensor may be its own target
    parts = [(n, t) for n, t in laid_out if n not in KEYS and t.ndim and len(t) == count]
    taken.values += sum(tensor.numel() for _, tensor in parts)
    if taken.values > MOST_INPUT_VALUES:
        return
    for name, tensor in parts:
        rows = tensor.detach().cpu()
        rows = rows.float() if rows.is_floating_point() else rows
        taken.inputs.setdefault(name or "inputs", []).append(rows.numpy())


def _made(taken: _Taken, source: str) -> Predictions:
    notes = [] if taken.whole else [f"the first {taken.num:,} items alone were looked at"]
    inputs = {}
    for name, arrays in taken.inputs.items():
        if len({one.shape[1:] for one in arrays}) > 1:
            notes.append(f"{name} differs in shape: no leakage or shift looked for in it")
        elif sum(map(len, arrays)) == taken.num:
            inputs[name] = np.concatenate(arrays)
    if taken.inputs and not inputs and taken.values > MOST_INPUT_VALUES:
        notes.append("too large to keep: leakage and shift were not looked for")
    named = {name: np.concatenate(arrays) for name, arrays in taken.named.items()}
    clusters = np.unique(named["group"], return_inverse=True)[1] if "group" in named else None
    embedding = None
    if "embedding" in taken.parts and len(taken.all("embedding")) == taken.num:
        embedding = taken.all("embedding")
    truth = taken.all("truth")
    shared: dict[str, Any] = {
        "clusters": clusters, "ids": tuple(named["id"]) if "id" in named else None,
        "inputs": inputs, "embedding": embedding, "notes": tuple(notes),
        "folds": named.get("fold"),
    }  # fmt: skip
    if taken.kind == "tokens":
        tokens = taken.all("tokens")
        if (tokens == 0).any():
            raise ConfigError(f"{source}: a sample without any target; drop it")
        return Predictions(
            source, "language", truth, taken.all("predicted"), tokens=tokens, **shared
        )
    if taken.kind == "numbers":
        return Predictions(source, "regression", truth, taken.all("predicted"), **shared)
    if taken.kind == "binary":
        chance = taken.all("probability")
        probabilities = np.stack([1 - chance, chance], axis=1)
    else:
        probabilities = taken.all("probabilities")
    probabilities = probabilities / probabilities.sum(1, keepdims=True)
    return Predictions(
        source, "classification", truth, probabilities.argmax(1).astype(float),
        tuple(str(k) for k in range(probabilities.shape[1])), probabilities, **shared,
    )  # fmt: skip
