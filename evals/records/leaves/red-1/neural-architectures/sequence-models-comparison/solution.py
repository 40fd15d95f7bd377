"""Three kinds of sequence encoder that differ in nothing but the kind.

Shared: projection of the input, the mean over the real steps, norm and output layer, no
dropout, and about 24 * width**2 parameters in the part that differs. No norm looks at other
sequences, and padding is cut off everywhere, so an embedding depends on its sequence alone.
"""

import math

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

CONVOLUTIONS = 8  # dilations 1 to 128, kernel 3: each step sees 255 steps both ways
LAYERS = 2


class Encoder(nn.Module):
    def __init__(self, body: nn.Module, features: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.project = nn.Linear(features, width)
        self.body = body
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        if x.shape[0] == 0:
            return x.new_zeros(0, self.width)
        if x.shape[1] == 0:  # a batch of silent sensors only
            x = x.new_zeros(x.shape[0], 1, x.shape[2])
        lengths = lengths.to(x.device)
        steps = torch.arange(x.shape[1], device=x.device)
        real = (steps < lengths[:, None])[..., None]
        x = torch.where(real, x, 0.0)  # whatever the padding holds
        # An empty sequence goes through the body as one step of zeros and out as nothing.
        length = lengths.clamp(min=1)
        used = (steps < length[:, None])[..., None]
        h = torch.where(used, self.project(x), 0.0)
        h = self.norm(self.body(h, used, length))
        pooled = torch.where(real, h, 0.0).sum(1) / length[:, None]
        return self.head(pooled)


class Recurrent(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        goal = _count(Attention(width))
        hidden = min(range(1, 2 * width + 2), key=lambda h: abs(self.size(width, h) - goal))
        self.gru = nn.GRU(width, hidden, LAYERS, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, width)

    @staticmethod
    def size(width: int, h: int) -> int:
        first, second = 6 * h * (width + h + 2), 6 * h * (2 * h + h + 2)
        return first + (LAYERS - 1) * second + (2 * h + 1) * width

    def forward(self, h, used, length):
        packed = pack_padded_sequence(h, length.cpu(), batch_first=True, enforce_sorted=False)
        out, _ = self.gru(packed)
        out, _ = pad_packed_sequence(out, batch_first=True, total_length=h.shape[1])
        return self.out(out)


class Convolutional(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(CONVOLUTIONS))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=2**i, dilation=2**i) for i in range(CONVOLUTIONS)
        )

    def forward(self, h, used, length):
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            inner = torch.where(used, norm(h), 0.0)  # the same as the edge's own padding
            h = h + nn.functional.gelu(convolution(inner.transpose(1, 2)).transpose(1, 2))
        return h


class Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        heads = next(n for n in (4, 3, 2, 1) if width % n == 0)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(LAYERS)
        )

    def forward(self, h, used, length):
        h = h + _positions(h.shape[1], h.shape[2]).to(h)
        for layer in self.layers:
            h = layer(h, src_key_padding_mask=~used[..., 0])
        return h


def _positions(steps: int, width: int) -> torch.Tensor:
    """Sines and cosines, (steps, width)."""
    half = (width + 1) // 2
    rate = torch.exp(-math.log(10000.0) * torch.arange(half) / half)
    angle = torch.arange(steps)[:, None] * rate
    return torch.stack((angle.sin(), angle.cos()), -1).flatten(1)[:, :width]


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


KINDS = {"gru": Recurrent, "conv": Convolutional, "transformer": Attention}


def make_encoder(kind: str, features: int, width: int = 64) -> nn.Module:
    """An encoder `(x, lengths) -> (batch, width)`; `kind` is "gru", "conv" or "transformer"."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; expected one of {sorted(KINDS)}")
    return Encoder(KINDS[kind](width), features, width)
