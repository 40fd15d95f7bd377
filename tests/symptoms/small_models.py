"""Small models trained for real under the Monitor, sound ones and ones with a planted fault."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from neural_trainer import Monitor
from neural_trainer.runs.read import read
from neural_trainer.runs.run import Run

Loss = Callable[[], Tensor]


def blobs(seed: int, num: int = 2000) -> tuple[Tensor, Tensor]:
    """Return points in 20 dimensions about five centres, and which centre each belongs to."""
    rng = torch.Generator().manual_seed(seed + 100)
    centres = 1.2 * torch.randn(5, 20, generator=rng)
    classes = torch.randint(5, (num,), generator=rng)
    return centres[classes] + torch.randn(num, 20, generator=rng), classes


def classifies(seed: int, model: nn.Module, batch: int | None = 32) -> Loss:
    """Return what draws a batch (all data where None) and gives the model's loss on it."""
    points, classes = blobs(seed, 500 if batch is None else 2000)
    rng = torch.Generator().manual_seed(seed)

    def loss() -> Tensor:
        if batch is None:
            return functional.cross_entropy(model(points), classes)
        some = torch.randint(len(points), (batch,), generator=rng)
        return functional.cross_entropy(model(points[some]), classes[some])

    return loss


def mlp(seed: int, depth: int, act: Callable[[], nn.Module], scale: float = 1.0) -> nn.Sequential:
    """Return a plain network of hidden layers 64 wide, its matrices multiplied by `scale`."""
    torch.manual_seed(seed)
    hidden = [m for i in range(depth) for m in (nn.Linear(64 if i else 20, 64), act())]
    model = nn.Sequential(*hidden, nn.Linear(64, 5))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(scale)
    return model


class Recurrent(nn.Module):
    """Repeats what it read three tokens before; the recurrent matrix stretches by `gain`."""

    def __init__(self, cell: type[nn.RNNBase], gain: float) -> None:
        super().__init__()
        self.embed, self.rnn, self.head = nn.Embedding(12, 16), cell(16, 32), nn.Linear(32, 12)
        with torch.no_grad():
            for name, parameter in self.rnn.named_parameters():
                if "weight_hh" in name:
                    nn.init.orthogonal_(parameter).mul_(gain)

    def loss(self, rng: torch.Generator) -> Tensor:
        """Return the loss on 16 sequences of 60 tokens."""
        tokens = torch.randint(12, (60, 16), generator=rng)
        out = self.head(self.rnn(self.embed(tokens))[0])
        return functional.cross_entropy(out[3:].flatten(0, 1), tokens.roll(3, 0)[3:].flatten())


class Block(nn.Module):
    """A block of a transformer that looks back."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(32), nn.LayerNorm(32)
        self.attn_qkv, self.attn_proj = nn.Linear(32, 96), nn.Linear(32, 32)
        self.fc, self.act, self.out = nn.Linear(32, 128), nn.GELU(), nn.Linear(128, 32)

    def forward(self, x: Tensor) -> Tensor:
        """Return `x`, (batch, tokens, 32), one block further."""
        parts = self.attn_qkv(self.norm1(x)).unflatten(-1, (3, 2, 16)).movedim(-3, 0)
        query, key, value = parts.transpose(-3, -2)
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.attn_proj(seen.transpose(-3, -2).flatten(-2))
        return x + self.out(self.act(self.fc(self.norm2(x))))


class Transformer(nn.Module):
    """Three blocks; the head is the embedding where `tied`. Tokens are rare by Zipf's law."""

    def __init__(self, tied: bool) -> None:
        super().__init__()
        self.embed, self.norm = nn.Embedding(200, 32), nn.LayerNorm(32)
        nn.init.normal_(self.embed.weight, std=0.02)
        self.blocks = nn.Sequential(*(Block() for _ in range(3)))
        self.head = nn.Linear(32, 200, bias=False)
        if tied:
            self.head.weight = self.embed.weight

    def loss(self, rng: torch.Generator) -> Tensor:
        """Return the loss on 16 sequences in which every token follows from the one before."""
        odds = (1 / torch.arange(1, 201)).expand(16, -1)
        tokens = torch.multinomial(odds, 12, replacement=True, generator=rng)
        tokens = torch.cat([tokens, (7 * tokens) % 200], dim=1)
        out = self.head(self.norm(self.blocks(self.embed(tokens[:, :-1]))))
        return functional.cross_entropy(out.flatten(0, 1), tokens[:, 1:].flatten())


class LoRA(nn.Module):
    """A frozen layer and a low-rank change of it, which is zero at first."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.lora_A = nn.Parameter(torch.randn(4, base.in_features) / math.sqrt(base.in_features))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, 4))

    def forward(self, x: Tensor) -> Tensor:
        """Return what the changed layer makes of `x`."""
        out: Tensor = self.base(x) + x @ self.lora_A.T @ self.lora_B.T
        return out


def train(
    folder: Path,
    model: nn.Module,
    loss: Loss,
    *,
    adam: bool = True,
    lr: float | None = None,
    parameters: Iterable[Any] | None = None,
    zero_grad: bool = True,
    steps: int = 300,
) -> Run:
    """Train under the Monitor, measured every fifth step, and return the run as it is read back."""
    kept = [p for p in model.parameters() if p.requires_grad] if parameters is None else parameters
    optimizer: torch.optim.Optimizer
    if adam:
        optimizer = torch.optim.Adam(kept, lr or 1e-3)
    else:
        optimizer = torch.optim.SGD(kept, lr or 0.05, momentum=0.9)
    with Monitor(
        folder, model=model, optimizer=optimizer, every=5, activations=True, judge=False
    ) as monitor:
        for _ in range(steps):
            if zero_grad:
                optimizer.zero_grad()
            value = loss()
            value.backward()
            optimizer.step()
            monitor.step(value)
    return read(folder)


Maker = Callable[[Path, int], Run]


def _mlp(**options: Any) -> Maker:
    """Return what trains a plain network; depth, act, scale and batch are taken out first."""
    depth, act = options.pop("depth", 4), options.pop("act", nn.ReLU)
    scale, batch = options.pop("scale", 1.0), options.pop("batch", 32)
    change = options.pop("change", lambda model: None)
    chosen = options.pop("chosen", None)

    def make(folder: Path, seed: int) -> Run:
        model = mlp(seed, depth, act, scale)
        change(model)
        kept = None if chosen is None else chosen(model)
        return train(folder, model, classifies(seed, model, batch), parameters=kept, **options)

    return make


def _sequence(make_model: Callable[[], Any], **options: Any) -> Maker:
    def make(folder: Path, seed: int) -> Run:
        torch.manual_seed(seed)
        model, rng = make_model(), torch.Generator().manual_seed(seed)
        return train(folder, model, lambda: model.loss(rng), **options)

    return make


def _cnn(**options: Any) -> Maker:
    def make(folder: Path, seed: int) -> Run:
        torch.manual_seed(seed)
        layers: list[nn.Module] = []
        for wide in (1, 8, 8, 8):
            layers += [nn.Conv2d(wide, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()]
        model = nn.Sequential(nn.Unflatten(1, (1, 4, 5)), *layers, nn.Flatten(), nn.Linear(160, 5))
        return train(folder, model, classifies(seed, model), **options)

    return make


def _with_lora(model: nn.Sequential) -> None:
    for index in range(0, len(model) - 1, 2):
        base = model[index]
        assert isinstance(base, nn.Linear)
        model[index] = LoRA(base)
    model[-1].requires_grad_(False)


def _taught(model: nn.Sequential) -> None:
    """Train a model beforehand: what is kept as it is on purpose was trained before."""
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    loss = classifies(7, model, 32)
    for _ in range(60):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()


def _half_frozen(model: nn.Sequential) -> None:
    _taught(model)
    model[:4].requires_grad_(False)


def _killed(model: nn.Sequential) -> None:
    with torch.no_grad():
        layer = model[4]
        assert isinstance(layer, nn.Linear)
        layer.bias.fill_(-100)


def _without(index: int) -> Callable[[nn.Sequential], list[nn.Parameter]]:
    def chosen(model: nn.Sequential) -> list[nn.Parameter]:
        left_out = set(model[index].parameters())
        return [p for p in model.parameters() if p not in left_out]

    return chosen


SOUND: dict[str, Maker] = {
    "mlp-adam": _mlp(),
    "mlp-sgd": _mlp(adam=False),
    "mlp-ten-relus": _mlp(depth=10),
    "mlp-gelu": _mlp(act=nn.GELU),
    "mlp-tanh": _mlp(act=nn.Tanh),
    "mlp-two-sigmoids": _mlp(act=nn.Sigmoid, depth=2),
    "mlp-whole-data": _mlp(batch=None, adam=False, lr=0.01),
    "mlp-lora": _mlp(change=_with_lora),
    "mlp-half-frozen": _mlp(change=_half_frozen),
    "mlp-upper-part": _mlp(change=_taught, chosen=lambda model: list(model[4:].parameters())),
    "mlp-small-steps": _mlp(lr=1e-5),
    "cnn-adam": _cnn(),
    "cnn-sgd": _cnn(adam=False, lr=0.02),
    "rnn": _sequence(lambda: Recurrent(nn.RNN, 0.9), steps=200),
    "lstm": _sequence(lambda: Recurrent(nn.LSTM, 1.0), steps=200),
    "transformer": _sequence(lambda: Transformer(False), steps=200),
    "transformer-tied": _sequence(lambda: Transformer(True), steps=200),
}
# With the symptom that must be seen and the causes of which one must come first.
FAULTS: dict[str, tuple[Maker, str, set[str]]] = {
    "relus-killed": (_mlp(change=_killed), "units-dead", {"relus-dead"}),
    "relus-killed-sgd": (_mlp(change=_killed, adam=False), "units-dead", {"relus-dead"}),
    "head-left-out": (
        _mlp(chosen=_without(-1)), "layers-outside-optimizer", {"parameters-not-in-optimizer"},
    ),
    "lower-part-left-out-as-drawn": (
        _mlp(chosen=lambda model: list(model[4:].parameters())),
        "untrained-layers-unheld", {"parameters-not-in-optimizer"},
    ),
    "layer-left-out": (
        _mlp(chosen=_without(4)), "layers-outside-optimizer", {"parameters-not-in-optimizer"},
    ),
    "no-zero-grad": (_mlp(zero_grad=False), "gradients-alike", {"zero-grad-missing"}),
    "no-zero-grad-sgd": (
        _mlp(zero_grad=False, adam=False, lr=0.002), "gradients-alike", {"zero-grad-missing"},
    ),
    "no-zero-grad-transformer": (
        _sequence(lambda: Transformer(False), zero_grad=False, steps=200),
        "gradients-alike", {"zero-grad-missing"},
    ),
    "twenty-sigmoids": (
        _mlp(act=nn.Sigmoid, depth=20, steps=150), "layer-gradients-vanishing",
        {"gradients-vanishing"},
    ),
    "twenty-small-tanhs": (
        _mlp(act=nn.Tanh, depth=20, scale=0.3, steps=150), "layer-gradients-vanishing",
        {"gradients-vanishing"},
    ),
    "large-tanhs": (
        _mlp(act=nn.Tanh, depth=6, scale=20.0), "units-saturated", {"activations-saturated"},
    ),
    "stretching-rnn": (
        _sequence(lambda: Recurrent(nn.RNN, 2.5), steps=200), "recurrent-gradients-large",
        {"recurrent-gradients-exploding"},
    ),
    "steps-of-nothing": (_mlp(lr=1e-9), "updates-tiny", {"lr-too-low"}),
}  # fmt: skip
