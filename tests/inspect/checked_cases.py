"""Small sound cases, most of them such that a careless check would alarm."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
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


def padded(ignored: int) -> Case:
    """Text of unequal lengths, filled with token 0, which the loss leaves out if told to."""

    def laid(tokens: Tensor, seed: int) -> Any:
        generator = torch.Generator().manual_seed(seed)
        lengths = torch.randint(LENGTH // 2, LENGTH + 1, (len(tokens), 1), generator=generator)
        kept = torch.arange(LENGTH + 1) <= lengths
        filled = torch.where(kept, tokens.clamp(min=1), 0)
        return loader(filled[:, :-1], filled[:, 1:])

    def loss(model: Any, batch: Any) -> Tensor:
        logits, target = model(batch[0]).flatten(0, 1), batch[1].flatten()
        return functional.cross_entropy(logits, target, ignore_index=ignored)

    torch.manual_seed(0)
    return case_of(Attending(causal=True), loss, laid(text(256, 0), 2), laid(text(64, 1), 3))


def padding_left_out() -> Case:
    return padded(0)


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
    "masked-language-model": masked_language_model, "padding-left-out": padding_left_out,
    "vae": vae, "denoising": denoising, "returns-a-cache": returns_a_cache,
}  # fmt: skip
