"""Small cases, sound and with a fault planted, that the checks are held to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.layers.case import Case

FEATURES, CLASSES, VOCABULARY, LENGTH = 20, 3, 13, 12


def cross_entropy(model: Any, batch: Any) -> Tensor:
    return functional.cross_entropy(model(batch[0]), batch[1])


def squared_error(model: Any, batch: Any) -> Tensor:
    return functional.mse_loss(model(batch[0]), batch[1])


def classified(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return inputs, and which of the first of them is the largest."""
    inputs = torch.randn(count, FEATURES, generator=torch.Generator().manual_seed(seed))
    return inputs, inputs[:, :CLASSES].argmax(1)


def loader(*tensors: Tensor, batch_size: int = 16, shuffle: bool = False) -> Any:
    generator = torch.Generator().manual_seed(7)
    data = TensorDataset(*tensors)
    return DataLoader(data, batch_size, shuffle=shuffle, generator=generator)


def layers(*between: nn.Module) -> list[nn.Module]:
    return [nn.Linear(FEATURES, 32), *between, nn.ReLU(), nn.Linear(32, 32), nn.ReLU(),
            nn.Linear(32, CLASSES)]  # fmt: skip


def case_of(
    model: nn.Module, loss_fn: Any = cross_entropy, train: Any = None, held_out: Any = None
) -> Case:
    train = loader(*classified(256, 0), shuffle=True) if train is None else train
    held_out = loader(*classified(128, 1)) if held_out is None else held_out
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, 1e-3) if trained else None
    return Case(model, loss_fn, train, optimizer, held_out)


def sound() -> Case:
    torch.manual_seed(0)
    return case_of(nn.Sequential(*layers()))


def of_layers(*between: nn.Module) -> Case:
    torch.manual_seed(0)
    return case_of(nn.Sequential(*layers(*between)))


# Sound, though a careless check would alarm.


def with_dropout() -> Case:
    return of_layers(nn.Dropout(0.3))


def with_batch_norm() -> Case:
    return of_layers(nn.BatchNorm1d(32))


class LoRA(nn.Module):
    """A frozen linear layer beside two small matrices, of which the second begins at zero."""

    def __init__(self, inner: nn.Linear) -> None:
        super().__init__()
        self.inner = inner.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(4, inner.in_features) * 0.1)
        self.b = nn.Parameter(torch.zeros(inner.out_features, 4))

    def forward(self, x: Tensor) -> Tensor:
        adapted: Tensor = self.inner(x) + x @ self.a.T @ self.b.T * 4
        return adapted


def with_lora() -> Case:
    torch.manual_seed(0)
    trained = nn.Sequential(*layers())
    adam = torch.optim.Adam(trained.parameters(), 1e-2)
    other = torch.randn(64, FEATURES)  # another task, so that something is left to learn
    for _ in range(20):
        adam.zero_grad()
        functional.cross_entropy(trained(other), other[:, 3:6].argmax(1)).backward()
        adam.step()
    for index, module in enumerate(trained):
        if isinstance(module, nn.Linear):
            trained[index] = LoRA(module)
    return case_of(trained)


class Residual(nn.Module):
    """Blocks behind gates and a head that all begin at zero."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(FEATURES, FEATURES)
        self.gate = nn.Parameter(torch.zeros(1))
        self.head = nn.Linear(FEATURES, CLASSES)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(x + self.gate * self.inner(x).tanh())
        return logits


def begins_at_zero() -> Case:
    torch.manual_seed(0)
    return case_of(Residual())


def log_probabilities() -> Case:
    torch.manual_seed(0)
    return case_of(
        nn.Sequential(*layers(), nn.LogSoftmax(1)),
        lambda model, batch: functional.nll_loss(model(batch[0]), batch[1]),
    )


def smoothed_labels() -> Case:
    def loss(model: Any, batch: Any) -> Tensor:
        return functional.cross_entropy(model(batch[0]), batch[1], label_smoothing=0.1)

    return dataclasses.replace(sound(), loss_fn=loss)


def weighted_rare_class() -> Case:
    inputs, _ = classified(256, 0)
    labels = (torch.arange(256) % 32 == 0).long()
    inputs[:, 0] += 3 * labels

    def loss(model: Any, batch: Any) -> Tensor:
        weight = torch.tensor([1.0, 31.0, 1.0])
        return functional.cross_entropy(model(batch[0]), batch[1], weight=weight)

    return dataclasses.replace(
        sound(), loss_fn=loss, train_batches=loader(inputs, labels, shuffle=True),
        eval_batches=loader(inputs + 0.01, labels),
    )  # fmt: skip


def few_values() -> Case:
    """Inputs of three bits, which occur again and again on both sides."""
    inputs = torch.randint(2, (256, 3), generator=torch.Generator().manual_seed(0)).float()
    labels = inputs.sum(1).long().clamp(max=2)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 3))
    return case_of(model, train=loader(inputs, labels), held_out=loader(inputs[:64], labels[:64]))


def noisy_answers() -> Case:
    """Rows of three bits whose answers are a matter of chance, as clicks are."""
    case = few_values()
    (inputs, labels), (other, answers) = (
        batches.dataset.tensors for batches in (case.train_batches, case.eval_batches)
    )
    flips = torch.rand(len(labels), generator=torch.Generator().manual_seed(1)) < 0.3
    return dataclasses.replace(
        case, train_batches=loader(inputs, torch.where(flips, (labels + 1) % 3, labels)),
        eval_batches=loader(other, answers),
    )  # fmt: skip


def regression() -> Case:
    torch.manual_seed(0)
    inputs, _ = classified(256, 0)
    other, _ = classified(128, 1)
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.Tanh(), nn.Linear(32, 1))
    return case_of(
        model, squared_error, loader(inputs, inputs[:, :1] * 2), loader(other, other[:, :1] * 2)
    )


def summed_loss() -> Case:
    def loss(model: Any, batch: Any) -> Tensor:
        return functional.cross_entropy(model(batch[0]), batch[1], reduction="sum")

    return dataclasses.replace(sound(), loss_fn=loss)


class Recurrent(nn.Module):
    """An LSTM with dropout between its layers, over tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, 24)
        self.lstm = nn.LSTM(24, 24, 2, batch_first=True, dropout=0.2)
        self.head = nn.Linear(24, VOCABULARY)

    def forward(self, tokens: Tensor) -> Tensor:
        logits: Tensor = self.head(self.lstm(self.tokens(tokens))[0])
        return logits


class Attending(nn.Module):
    """One layer of attention, causal or not, over an embedding that the head may be tied to."""

    def __init__(self, causal: bool, tied: bool = True) -> None:
        super().__init__()
        self.causal = causal
        self.tokens = nn.Embedding(VOCABULARY, 24)
        self.places = nn.Embedding(LENGTH, 24)
        self.mixed = nn.Linear(24, 72)
        self.norm = nn.LayerNorm(24)
        self.head = nn.Linear(24, VOCABULARY, bias=False)
        for embedding in (self.tokens, self.places):
            nn.init.normal_(embedding.weight, std=0.1)
        if tied:
            self.head.weight = self.tokens.weight

    def forward(self, tokens: Tensor) -> Tensor:
        hidden = self.tokens(tokens) + self.places(torch.arange(LENGTH, device=tokens.device))
        query, key, value = self.mixed(hidden).chunk(3, -1)
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        logits: Tensor = self.head(self.norm(hidden + seen))
        return logits


def text(count: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    start = torch.randint(VOCABULARY, (count, 1), generator=generator)
    stride = torch.randint(1, 4, (count, 1), generator=generator)
    tokens = (start + stride * torch.arange(LENGTH + 1)) % VOCABULARY
    noise = torch.rand(tokens.shape, generator=generator) < 0.2
    drawn = torch.randint(VOCABULARY, tokens.shape, generator=generator)
    return torch.where(noise, drawn, tokens)


def next_token(model: Any, batch: Any) -> Tensor:
    return functional.cross_entropy(model(batch[0]).flatten(0, 1), batch[1].flatten())


def of_text(model: nn.Module) -> Case:
    train, held_out = text(256, 0), text(64, 1)
    return case_of(
        model, next_token, loader(train[:, :-1], train[:, 1:]),
        loader(held_out[:, :-1], held_out[:, 1:]),
    )  # fmt: skip


def recurrent() -> Case:
    torch.manual_seed(0)
    return of_text(Recurrent())


def tied_and_causal() -> Case:
    torch.manual_seed(0)
    return of_text(Attending(causal=True))


def masked_language_model() -> Case:
    """It looks both ways, as it may: the targets are the masked tokens themselves."""
    torch.manual_seed(0)

    def masked(tokens: Tensor) -> Any:
        hidden = torch.arange(LENGTH) % 4 == 1
        return loader(
            torch.where(hidden, 0, tokens[:, :-1]), torch.where(hidden, tokens[:, :-1], -100)
        )

    model = Attending(causal=False)
    return case_of(model, next_token, masked(text(256, 0)), masked(text(64, 1)))


class Vae(nn.Module):
    """Draws its code at random in both modes, as it ought to."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(64, 16), nn.Linear(8, 64)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_variance = self.encoder(x).chunk(2, -1)
        code = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        return self.decoder(code), mean, log_variance


def evidence_bound(model: Any, batch: Tensor) -> Tensor:
    logits, mean, log_variance = model(batch)
    fit = functional.binary_cross_entropy_with_logits(logits, batch, reduction="sum")
    divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
    return (fit + divergence) / len(batch)


def vae() -> Case:
    def drawn(count: int, seed: int) -> list[Tensor]:
        shares = torch.randn(4, 64, generator=torch.Generator().manual_seed(3)).mul(3).sigmoid()
        generator = torch.Generator().manual_seed(seed)
        kind = torch.randint(4, (count,), generator=generator)
        values = torch.rand(count, 64, generator=generator) < shares[kind]
        return list(values.float().split(16))

    torch.manual_seed(0)
    return case_of(Vae(), evidence_bound, drawn(256, 0), drawn(64, 1))


def denoising() -> Case:
    """The loss draws the noise; the model itself does not."""

    def loss(model: Any, batch: Any) -> Tensor:
        share, noise = torch.rand(len(batch[0]), 1), torch.randn_like(batch[0])
        mixed = (1 - share) * batch[0] + share * noise
        return functional.mse_loss(model(torch.cat([mixed, share], 1)), noise)

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(FEATURES + 1, 64), nn.SiLU(), nn.Linear(64, FEATURES))
    return case_of(model, loss)


class Cache:
    """What torch.export does not know."""


class ReturnsCache(nn.Linear):
    """Logits with something for the next call, as language models return."""

    def forward(self, x: Tensor) -> Any:
        return {"logits": super().forward(x), "cache": Cache()}


def returns_a_cache() -> Case:
    def loss(model: Any, batch: Any) -> Tensor:
        return functional.cross_entropy(model(batch[0])["logits"], batch[1])

    torch.manual_seed(0)
    return case_of(ReturnsCache(FEATURES, CLASSES), loss)


SOUND: dict[str, Callable[[], Case]] = {
    "mlp": sound, "dropout": with_dropout, "batch-norm": with_batch_norm, "lora": with_lora,
    "zero-head-and-gate": begins_at_zero, "log-softmax-and-nll": log_probabilities,
    "label-smoothing": smoothed_labels, "rare-class-weighed": weighted_rare_class,
    "inputs-of-few-values": few_values, "noisy-answers": noisy_answers,
    "regression": regression, "summed-loss": summed_loss,
    "lstm": recurrent, "tied-causal-attention": tied_and_causal,
    "masked-language-model": masked_language_model, "vae": vae, "denoising": denoising,
    "returns-a-cache": returns_a_cache,
}  # fmt: skip


# With a fault planted.


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
}  # fmt: skip

# Which other checks a planted fault fails, and rightly: what it brings about.
BRINGS_ABOUT: dict[str, set[str]] = {
    "softmax-twice": {"overfits-a-batch"},
    "sigmoid-twice": {"overfits-a-batch"},
    "broadcast-targets": {"overfits-a-batch"},
    "dead-relus": {"outputs-depend", "gradients-reach", "overfits-a-batch"},
    "detached": {"overfits-a-batch"},
    "labels-out-of-range": {"step-runs"},
    "deaf": {"gradients-reach", "units-alive", "overfits-a-batch"},
    "noise-of-its-own": {"checkpoint"},
    "forgetful": {"modes"},
    "plain-tensor-by-device": {"dtype-moves"},
    "branches-on-values": {"batch-independence"},
}
