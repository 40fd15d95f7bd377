"""Small cases with a fault planted, the check that ought to find each, and the cause of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import torch
from checked_cases import (
    CLASSES,
    FEATURES,
    Attending,
    case_of,
    classified,
    cross_entropy,
    layers,
    loader,
    of_layers,
    of_text,
    padded,
    regression,
    sound,
    weighted_rare_class,
)
from torch import Tensor, nn
from torch.nn import functional

from neural_trainer.layers.case import Case


def softmax_twice() -> Case:
    torch.manual_seed(0)
    return case_of(nn.Sequential(*layers(), nn.Softmax(1)))


def sigmoid_twice() -> Case:
    def loss(model: Any, batch: Any) -> Tensor:
        shares = model(batch[0]).sigmoid()[:, 0]
        return functional.binary_cross_entropy_with_logits(shares, (batch[1] == 0).float())

    return dataclasses.replace(sound(), loss_fn=loss)


def broadcast_targets() -> Case:
    case = regression()
    train, held_out = (b.dataset.tensors for b in (case.train_batches, case.eval_batches))
    return dataclasses.replace(
        case, train_batches=loader(train[0], train[1][:, 0]),
        eval_batches=loader(held_out[0], held_out[1][:, 0]),
    )  # fmt: skip


def no_causal_mask() -> Case:
    torch.manual_seed(0)
    return of_text(Attending(causal=False))


def head_not_in_optimizer() -> Case:
    case = sound()
    case.model[4] = nn.Linear(32, CLASSES)
    return case


def frozen_at_random() -> Case:
    case = sound()
    case.model[0].requires_grad_(False)
    return case


def all_frozen() -> Case:
    case = sound()
    case.model.requires_grad_(False)
    return case


def dead_relus() -> Case:
    case = sound()
    nn.init.constant_(case.model[2].bias, -50.0)
    return case


def unused_head() -> Case:
    case = sound()
    case.model.spare = nn.Linear(4, 4)  # type: ignore[assignment]

    def loss(model: Any, batch: Any) -> Tensor:
        hidden = batch[0]
        for name, module in model.named_children():
            hidden = module(hidden) if name != "spare" else hidden
        return functional.cross_entropy(hidden, batch[1])

    return case_of(case.model, loss)


def detached() -> Case:
    def loss(model: Any, batch: Any) -> Tensor:
        return cross_entropy(model, batch).detach().requires_grad_()

    return dataclasses.replace(sound(), loss_fn=loss)


def conflicting_labels() -> Case:
    """Every input occurs twice; of half of them the labels were shuffled apart."""
    inputs, labels = classified(128, 0)
    shuffled = labels.clone()
    shuffled[:64] = labels[:64].roll(1)
    train = loader(inputs.repeat(2, 1), torch.cat([labels, shuffled]), shuffle=True)
    return dataclasses.replace(sound(), train_batches=train)


def labels_out_of_range() -> Case:
    inputs, labels = classified(256, 0)
    return dataclasses.replace(sound(), train_batches=loader(inputs, labels + 1))


def one_label() -> Case:
    inputs, labels = classified(256, 0)
    return dataclasses.replace(sound(), train_batches=loader(inputs, torch.zeros_like(labels)))


def rare_class() -> Case:
    return dataclasses.replace(weighted_rare_class(), loss_fn=cross_entropy)


class AcrossSamples(nn.Module):
    """A norm with the statistics of the batch, in both modes."""

    def forward(self, x: Tensor) -> Tensor:
        return (x - x.mean(0)) / (x.std(0) + 1e-5)


def normalised_across_samples() -> Case:
    return of_layers(AcrossSamples())


def validation_in_training() -> Case:
    inputs, labels = classified(256, 0)
    held_out, answers = classified(128, 1)
    train = loader(torch.cat([inputs, held_out[:32]]), torch.cat([labels, answers[:32]]))
    return dataclasses.replace(sound(), train_batches=train)


def nan_in_data() -> Case:
    inputs, labels = classified(256, 0)
    inputs[200, 3] = float("nan")
    return dataclasses.replace(sound(), train_batches=loader(inputs, labels))


def other_scale_held_out() -> Case:
    inputs, labels = classified(128, 1)
    return dataclasses.replace(sound(), eval_batches=loader(inputs * 255 + 128, labels))


def generator_of_batches() -> Case:
    batches: Iterator[Any] = iter(list(loader(*classified(256, 0))))
    return dataclasses.replace(sound(), train_batches=batches)


def two_dtypes() -> Case:
    inputs, labels = classified(64, 0)
    return dataclasses.replace(sound(), train_batches=[(inputs, labels), (inputs.double(), labels)])


def loss_per_sample() -> Case:
    def loss(model: Any, batch: Any) -> Tensor:
        return functional.cross_entropy(model(batch[0]), batch[1], reduction="none")

    return dataclasses.replace(sound(), loss_fn=loss)


def weights_too_large() -> Case:
    case = sound()
    nn.init.normal_(case.model[4].weight, std=20.0)
    return case


class Deaf(nn.Module):
    """A model whose inputs are multiplied by nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(x * 0)
        return logits


def deaf() -> Case:
    torch.manual_seed(0)
    return case_of(Deaf())


class AlwaysDropping(nn.Module):
    """Dropout that is not told the mode."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.dropout(x, 0.5)


def dropout_in_evaluation() -> Case:
    return of_layers(AlwaysDropping())


class SharesInEvaluation(nn.Sequential):
    """Logits in training, probabilities in evaluation."""

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = super().forward(x)
        return logits if self.training else logits.softmax(1)


def other_in_evaluation() -> Case:
    torch.manual_seed(0)
    return case_of(SharesInEvaluation(*layers()))


class CountedNoise(nn.Module):
    """Noise of a generator that all copies share."""

    generator = torch.Generator().manual_seed(0)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        return x + 0.01 * torch.randn(x.shape, generator=self.generator)


def noise_of_its_own() -> Case:
    return of_layers(CountedNoise())


def rate_too_high() -> Case:
    case = sound()
    case.optimizer.param_groups[0]["lr"] = 10.0
    return case


class Forgetful(nn.Module):
    """Scales by how often it was called, which state_dict does not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += self.training
        return x * (1 + 0.1 * self.calls)


def forgetful() -> Case:
    return of_layers(Forgetful())


class PlainTensor(nn.Module):
    """A tensor of the model that is no buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.full((32,), 1.5)

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, torch.diag(self.scale))


def plain_tensor() -> Case:
    return of_layers(PlainTensor())


class Unnoted(nn.Module):
    """A buffer that state_dict leaves out, though forward uses it."""

    def __init__(self) -> None:
        super().__init__()
        self.note: dict[str, int] = {"extra": 1}

    def get_extra_state(self) -> dict[str, int]:
        return self.note

    def set_extra_state(self, state: Any) -> None:
        self.note = state

    def forward(self, x: Tensor) -> Tensor:
        return x


def plain_values_in_state() -> Case:
    return of_layers(Unnoted())


class BranchesOnValues(nn.Module):
    """Goes one way or the other by what the tensor holds."""

    def forward(self, x: Tensor) -> Tensor:
        return x * 2 if x.sum() > 0 else x


def branches_on_values() -> Case:
    return of_layers(BranchesOnValues())


def sorted_by_class() -> Case:
    inputs, labels = classified(256, 0)
    order = labels.argsort()
    return dataclasses.replace(sound(), train_batches=loader(inputs[order], labels[order]))


def sorted_by_target() -> Case:
    case = regression()
    inputs, target = case.train_batches.dataset.tensors
    order = target[:, 0].argsort()
    return dataclasses.replace(case, train_batches=loader(inputs[order], target[order]))


def padding_counts() -> Case:
    return padded(-1)


class OtherCompiled(nn.Module):
    """Does another thing under the compiler."""

    def forward(self, x: Tensor) -> Tensor:
        return x * 2 if torch.compiler.is_compiling() else x


def other_compiled() -> Case:
    return of_layers(OtherCompiled())


# Case, the check that ought to find it, the cause that it ought to name.
PLANTED: dict[str, tuple[Callable[[], Case], str, str | None]] = {
    "softmax-twice": (softmax_twice, "loss-inputs", "softmax-twice"),
    "sigmoid-twice": (sigmoid_twice, "loss-inputs", "softmax-twice"),
    "broadcast-targets": (broadcast_targets, "loss-inputs", "target-shape-broadcast"),
    "no-causal-mask": (no_causal_mask, "causality", "causal-mask-missing"),
    "head-not-in-optimizer": (
        head_not_in_optimizer, "optimizer-covers", "parameters-not-in-optimizer"
    ),
    "frozen-at-random": (frozen_at_random, "frozen", "parameters-frozen"),
    "all-frozen": (all_frozen, "frozen", "parameters-frozen"),
    "dead-relus": (dead_relus, "units-alive", "relus-dead"),
    "dead-relus-by-gradient": (dead_relus, "gradients-reach", "relus-dead"),
    "unused-head": (unused_head, "gradients-reach", "graph-detached"),
    "detached": (detached, "gradients-reach", "graph-detached"),
    "conflicting-labels": (conflicting_labels, "labels", "label-noise"),
    "labels-out-of-range": (labels_out_of_range, "labels", "labels-wrong"),
    "one-label": (one_label, "labels", "labels-wrong"),
    "rare-class": (rare_class, "labels", "class-imbalance"),
    "norm-across-samples": (normalised_across_samples, "batch-independence", "data-leakage"),
    "validation-in-training": (validation_in_training, "duplicates", "data-leakage"),
    "nan-in-data": (nan_in_data, "data-finite", "bad-batch"),
    "other-scale-held-out": (other_scale_held_out, "shift", "train-val-mismatch"),
    "generator-of-batches": (generator_of_batches, "data-shapes", None),
    "two-dtypes": (two_dtypes, "data-shapes", "bad-batch"),
    "loss-per-sample": (loss_per_sample, "step-runs", "loss-reduction-wrong"),
    "weights-too-large": (weights_too_large, "first-loss", "bad-initialisation"),
    "deaf": (deaf, "outputs-depend", "output-constant"),
    "deaf-learns-nothing": (deaf, "overfits-a-batch", None),
    "dropout-in-evaluation": (dropout_in_evaluation, "modes", "train-mode-while-evaluating"),
    "other-in-evaluation": (other_in_evaluation, "modes", "train-val-mismatch"),
    "noise-of-its-own": (noise_of_its_own, "repeatable", "seed-noise"),
    "rate-too-high": (rate_too_high, "lr-range", "lr-too-high"),
    "forgetful": (forgetful, "checkpoint", "resume-incomplete"),
    "plain-tensor-by-device": (plain_tensor, "device-moves", None),
    "plain-tensor-by-dtype": (plain_tensor, "dtype-moves", None),
    "plain-values-in-state": (plain_values_in_state, "save-and-load", "resume-incomplete"),
    "branches-on-values": (branches_on_values, "exports", None),
    "sorted-by-class": (sorted_by_class, "batches-mixed", "data-not-shuffled"),
    "sorted-by-target": (sorted_by_target, "batches-mixed", "data-not-shuffled"),
    "padding-counts": (padding_counts, "padding", "padding-not-masked"),
}  # fmt: skip

# Which other checks a planted fault fails, and rightly: what it brings about.
BRINGS_ABOUT: dict[str, set[str]] = {
    "softmax-twice": {"overfits-a-batch"},
    "sigmoid-twice": {"overfits-a-batch"},
    "broadcast-targets": {"overfits-a-batch"},
    "dead-relus": {"outputs-depend", "gradients-reach", "overfits-a-batch"},
    "detached": {"overfits-a-batch"},
    "labels-out-of-range": {"step-runs"},
    "sorted-by-target": {"first-loss"},
    "deaf": {"gradients-reach", "units-alive", "overfits-a-batch"},
    "noise-of-its-own": {"checkpoint"},
    "forgetful": {"modes"},
    "plain-tensor-by-device": {"dtype-moves"},
    "branches-on-values": {"batch-independence"},
}
