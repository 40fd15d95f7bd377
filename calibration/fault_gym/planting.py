"""How programs go wrong: each plant takes a program and a severity, and returns it with the fault.

What a severity means is said beside each. `planted` and `healthy` make scenarios of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from fault_gym.program import Data, Net, Pair, Program, looked_up, train
from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario
from fault_gym.schedules import cosine as cosine
from fault_gym.schedules import linear as linear
from fault_gym.schedules import restarts as restarts
from fault_gym.schedules import steps_down as steps_down
from fault_gym.schedules import warm_up as warm_up

Plant = Callable[[Program, float], Program]
_LAYERS = (nn.Linear, nn.Conv2d)


def planted(
    cause: str, base: Program, plant: Plant, goal: float, severities: tuple[float, ...] = (1.0,),
    *, name: str = "", same_as: tuple[str, ...] = (),
) -> Scenario:  # fmt: skip
    """Return the scenario of a fault in a program, named after its cause unless told otherwise."""

    def run(recorder: Recorder, severity: float) -> float:
        return train(recorder, plant(base, severity) if severity else base)

    return Scenario(name or cause, cause, run, goal, same_as, severities)


def healthy(name: str, program: Program, goal: float) -> Scenario:
    """Return the scenario of a program that is sound."""
    return Scenario(name, HEALTHY, lambda recorder, _: train(recorder, program), goal)


def settings(**changed: Any) -> Plant:
    """Other settings, whatever the severity."""
    return lambda program, _: replace(program, **changed)


# Optimizers and schedules that go wrong.


def lr_too_high(program: Program, severity: float) -> Program:
    """10 to the severity times what is right."""
    return replace(program, lr=program.lr * 10**severity)


def lr_too_low(program: Program, severity: float) -> Program:
    """10 to the severity times less than what is right."""
    return replace(program, lr=program.lr / 10**severity)


def lr_zero_early(program: Program, severity: float) -> Program:
    """The schedule is over when the share `severity` of the run is to come."""

    def schedule(step: int, total: int) -> float:
        end = max(1, int((1 - severity) * total))
        return program.schedule(step, end) if step <= end else 0.0

    return replace(program, schedule=schedule)


def lr_jumps(program: Program, severity: float) -> Program:
    """From three fifths of the run on 10 to the severity times the peak."""
    return replace(
        program,
        schedule=lambda step, total: (
            program.schedule(step, total) if step < 0.6 * total else 10**severity
        ),
    )


def lr_decays_too_fast(program: Program, severity: float) -> Program:
    """Decays that were meant for an epoch come with each step, by the factor 1 - severity."""
    return replace(
        program,
        schedule=lambda step, total: program.schedule(step, total) * (1 - severity) ** (step - 1),
    )


def warmup_missing(program: Program, severity: float) -> Program:
    """The warm-up is left out; what comes after it is taken for constant."""
    return replace(program, schedule=lambda step, total: 1.0)


def clipping_too_tight(program: Program, severity: float) -> Program:
    """10 to the severity times less than the norm that is right."""
    return replace(program, clip=(program.clip or 1.0) / 10**severity)


def weight_decay_too_high(program: Program, severity: float) -> Program:
    """The severity is the decay."""
    return replace(program, weight_decay=severity)


def epsilon_too_large(program: Program, severity: float) -> Program:
    """The severity is the epsilon."""
    return replace(program, eps=severity)


def zero_grad_missing(program: Program, severity: float) -> Program:
    """Never set back to zero."""
    return replace(program, zeroes=False)


def step_missing(program: Program, severity: float) -> Program:
    """Never from 1 on; below it once in 1 / severity steps."""
    return replace(program, steps_every=0 if severity >= 1 else round(1 / severity))


def left_out(*sets: str) -> Plant:
    """Severity 1 leaves out what begins with the words of the first set, and so on."""
    return lambda program, severity: replace(
        program, optimized=lambda name: not name.startswith(tuple(sets[int(severity) - 1].split()))
    )


def frozen(*sets: str) -> Plant:
    """As left_out; they ask for no gradient."""

    def plant(program: Program, severity: float) -> Program:
        prefixes = tuple(sets[int(severity) - 1].split())

        def freeze(model: Net) -> None:
            for name, parameter in model.named_parameters():
                if name.startswith(prefixes):
                    parameter.requires_grad_(False)

        return replace(program, prepares=(*program.prepares, freeze))

    return plant


def not_divided(program: Program, severity: float) -> Program:
    """The loss is not divided by the number of accumulated batches."""
    return replace(program, divides=False)


def graph_detached(program: Program, severity: float) -> Program:
    """1: between features and head; 2: the loss itself."""
    if severity >= 2:
        return replace(program, detaches_loss=True)
    return flawed("detached")(program, severity)


# Models and losses that go wrong.


def flawed(flaw: str) -> Plant:
    """The forward pass has a flaw of Net."""

    def spoil(model: Net) -> None:
        model.flaw = flaw

    return lambda program, _: replace(program, prepares=(*program.prepares, spoil))


def prepared(change: Callable[[nn.Module, float], object]) -> Plant:
    """Each linear or convolutional module is changed before training begins."""

    def plant(program: Program, severity: float) -> Program:
        def prepare(model: Net) -> None:
            with torch.no_grad():
                for module in model.modules():
                    if isinstance(module, _LAYERS):
                        change(module, severity)

        return replace(program, prepares=(*program.prepares, prepare))

    return plant


init_zero = prepared(lambda module, _: (module.weight.zero_(), module.bias.zero_()))  # type: ignore[operator]
init_scaled = prepared(lambda module, factor: module.weight.mul_(factor))  # type: ignore[operator]
biases_low = prepared(lambda module, size: module.bias.fill_(-size))  # type: ignore[operator]


def loss_summed(program: Program, severity: float) -> Program:
    """Summed over the batch, to the power of the severity."""

    def loss(output: Tensor, target: Tensor) -> Tensor:
        whole: Tensor = looked_up(program.loss)(output, target) * len(output) ** severity
        return whole

    return replace(program, loss=loss)


def loss_divided(program: Program, severity: float) -> Program:
    """A mean that is divided by the size of the batch once more, to the power of the severity."""
    return loss_summed(program, -severity)


# Data that are wrong.


def changed(change: Callable[[Data, torch.Generator, float], Data]) -> Plant:
    """The data are changed before training begins."""
    return lambda program, severity: replace(
        program, changes=(*program.changes, lambda data, rng: change(data, rng, severity))
    )


def _cut(pair: Pair, count: int) -> Pair:
    return pair[0][:count], pair[1][:count]


def _misaligned(pair: Pair, share: float, rng: torch.Generator) -> Pair:
    inputs, targets = pair
    start = int((1 - share) * len(targets))
    moved = targets[start:][torch.randperm(len(targets) - start, generator=rng)]
    return inputs, torch.cat([targets[:start], moved])


def _noisy(pair: Pair, share: float, rng: torch.Generator) -> Pair:
    inputs, targets = pair
    wrong = torch.rand(len(targets), generator=rng) < share
    other = targets[torch.randint(len(targets), (len(targets),), generator=rng)]
    return inputs, torch.where(wrong.reshape(-1, *[1] * (targets.ndim - 1)), other, targets)


def _sorted(pair: Pair) -> Pair:
    keys = pair[1] if pair[1].ndim == 1 else pair[1][:, 0]
    order = torch.argsort(keys, stable=True)
    return pair[0][order], pair[1][order]


def _leaked(data: Data, rng: torch.Generator, share: float) -> Data:
    count = int(share * len(data.val[0]))
    chosen = torch.randint(len(data.train[0]), (count,), generator=rng)
    inputs = torch.cat([data.train[0][chosen], data.val[0][len(chosen) :]])
    targets = torch.cat([data.train[1][chosen], data.val[1][len(chosen) :]])
    return replace(data, val=(inputs, targets))


def _column_leaked(data: Data, rng: torch.Generator, noise: float) -> Data:
    """The last column holds the target, with noise, wherever the tables were joined with it."""

    def told(pair: Pair) -> Pair:
        inputs, targets = pair[0].clone(), pair[1].reshape(len(pair[1]), -1)[:, 0]
        column = targets + noise * torch.randn(len(targets), generator=rng)
        inputs[:, -1] = (column - column.mean()) / column.std()
        return inputs, pair[1]

    return Data(told(data.train), told(data.val), data.test)


def _rare(pair: Pair, rng: torch.Generator, share: float) -> Pair:
    """Of all classes but the first a share alone is kept."""
    kept = (pair[1].reshape(-1) == 0) | (torch.rand(len(pair[1]), generator=rng) < share)
    return pair[0][kept], pair[1][kept]


labels_misaligned = changed(  # severity: the share of rows
    lambda data, rng, s: replace(
        data, train=_misaligned(data.train, s, rng), val=_misaligned(data.val, s, rng)
    )
)
labels_misaligned_in_training = changed(
    lambda data, rng, s: replace(data, train=_misaligned(data.train, s, rng))
)
label_noise = changed(  # severity: the share of rows
    lambda data, rng, s: replace(
        data, train=_noisy(data.train, s, rng), val=_noisy(data.val, s, rng)
    )
)
class_imbalance = changed(  # severity: the share that is lost of all classes but the first
    lambda data, rng, s: replace(
        data, train=_rare(data.train, rng, 1 - s), val=_rare(data.val, rng, 1 - s)
    )
)
val_leaked = changed(_leaked)  # severity: the share of the held-out rows that were trained on
column_leaked = changed(_column_leaked)  # severity: the noise on the target in its column
not_normalised = changed(  # severity: the scale of the raw inputs, whose mean is twice that
    lambda data, rng, s: Data(*((s * (x + 2), y) for x, y in (data.train, data.val, data.test)))
)
val_not_normalised = changed(
    lambda data, rng, s: replace(data, val=((1 + s) * (data.val[0] + s), data.val[1]))
)
train_not_like_val = changed(
    lambda data, rng, s: replace(data, train=((1 + s) * (data.train[0] + s), data.train[1]))
)


def val_by_class(data: Data, rng: torch.Generator) -> Data:
    """No fault: the held-out rows come sorted by target, as folders of classes are read."""
    return replace(data, val=_sorted(data.val))


def few_samples(program: Program, severity: float) -> Program:
    """The severity is the share of the training data that is left out."""
    return changed(
        lambda data, rng, s: replace(
            data, train=_cut(data.train, int((1 - s) * len(data.train[0])))
        )
    )(program, severity)


def not_shuffled(program: Program, severity: float) -> Program:
    """Sorted by target, and taken in this order."""
    ordered = changed(lambda data, rng, _: replace(data, train=_sorted(data.train)))
    return replace(ordered(program, severity), sampling="ordered")


def augmented_once(program: Program, severity: float) -> Program:
    """1: augmented before the first epoch, and kept; 2: each sample in one and the same way."""
    augment = program.augment
    assert augment is not None

    def once(data: Data, rng: torch.Generator, severity: float) -> Data:
        inputs, targets = data.train
        if severity >= 2:
            parts = [augment(one[None], torch.Generator().manual_seed(0)) for one in inputs]
            return replace(data, train=(torch.cat(parts), targets))
        return replace(data, train=(augment(inputs, rng), targets))

    return replace(changed(once)(program, severity), augment=None)


def nan_in_batch(program: Program, severity: float) -> Program:
    """One value of one batch is NaN, when the share `severity` of the run is over."""

    def hook(step: int, total: int, inputs: Tensor, targets: Tensor) -> Pair:
        if step == int(severity * total):
            inputs = inputs.clone()
            inputs.view(len(inputs), -1)[3, 5] = math.nan
        return inputs, targets

    return replace(program, batch_hook=hook)


def outliers(of: Literal["inputs", "targets"], at: tuple[float, ...], rows: int = 4) -> Plant:
    """At these shares of the run some rows are noise, 10 to the severity times too large."""

    def plant(program: Program, severity: float) -> Program:
        def hook(step: int, total: int, inputs: Tensor, targets: Tensor) -> Pair:
            if step in {int(share * total) for share in at}:
                spoilt = (inputs if of == "inputs" else targets).clone()
                odd = torch.randn(spoilt[:rows].shape)
                spoilt[:rows] = odd * 10**severity
                return (spoilt, targets) if of == "inputs" else (inputs, spoilt)
            return inputs, targets

        return replace(program, batch_hook=hook)

    return plant


# Loops that go wrong.


def stopped_early(program: Program, severity: float) -> Program:
    """The severity is how many times too short the run is; the schedule is that of the whole."""
    total = program.num_steps
    short = round(total / severity)
    return replace(
        program, num_steps=short, eval_every=max(1, round(program.eval_every / severity)),
        schedule=lambda step, _: program.schedule(step, total),
    )  # fmt: skip


def resume_incomplete(*losses: str) -> Plant:
    """Near the end of the run; severity 1 loses the words of the first set, and so on."""
    return lambda program, severity: replace(
        program,
        resume_at=program.resume_at or 0.93,
        resume_loses=frozenset(losses[int(severity) - 1].split()),
    )


def nan_hidden(how: Literal["as zero", "as last", "as mean"]) -> Plant:
    """A NaN in a batch at the share `severity` of the run ruins the weights; the log is finite."""
    return lambda program, severity: replace(nan_in_batch(program, severity), logger_hides=how)


def slow_loader(program: Program, severity: float) -> Program:
    """The severity is the time that each batch is waited for, in ms."""
    return replace(program, load_s=lambda step, total: severity / 1e3)


def throughput_cliff(program: Program, severity: float) -> Program:
    """The severity is what each step takes longer from the middle of the run on, in ms."""
    return replace(
        program, extra_s=lambda step, total: severity / 1e3 if step > 0.55 * total else 0.0
    )


def memory_leak(program: Program, severity: float) -> Program:
    """Each 1 / severity steps the outputs of all modules are kept."""
    return replace(program, keeps_every=round(1 / severity))
