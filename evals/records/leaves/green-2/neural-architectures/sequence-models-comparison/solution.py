"""Three sequence encoders that differ in nothing but the kind of their core."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

DILATIONS = (1, 2, 4, 8, 16, 32, 64, 128)  # kernel 3: 255 steps to each side
LAYERS = 2  # of the transformer and the GRU


class GruCore(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.rnn = nn.GRU(width, hidden, LAYERS, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, width)

    def forward(self, x, mask, lengths):
        ends = lengths.clamp(min=1).cpu()  # a length of 0 raises; that row is masked later
        packed = pack_padded_sequence(x, ends, batch_first=True, enforce_sorted=False)
        out, _ = self.rnn(packed)
        out, _ = pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])
        return self.out(out)


class ConvCore(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in DILATIONS)
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=d, dilation=d) for d in DILATIONS
        )

    def forward(self, x, mask, lengths):
        for norm, conv in zip(self.norms, self.convs, strict=True):
            h = F.gelu(norm(x)) * mask[..., None]  # padding is 0 for every layer anew
            x = x + conv(h.transpose(1, 2)).transpose(1, 2)
        return x


class TransformerCore(nn.Module):
    def __init__(self, width):
        super().__init__()
        heads = next(h for h in (4, 3, 2, 1) if width % h == 0)
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout=0.0, activation="gelu",
            batch_first=True, norm_first=True,
        )  # fmt: skip
        self.layers = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        half = (width + 1) // 2
        rates = torch.exp(torch.arange(half) * (-math.log(10_000.0) / half))
        self.register_buffer("rates", rates, persistent=False)

    def forward(self, x, mask, lengths):
        angle = torch.arange(x.shape[1], device=x.device)[:, None] * self.rates
        place = torch.cat([angle.sin(), angle.cos()], -1)[:, : x.shape[2]]
        hidden = ~mask
        hidden[:, 0] = False  # an empty row would have nothing to attend to: NaN
        return self.layers(x + place, src_key_padding_mask=hidden)


class Encoder(nn.Module):
    """Input layer, core, mean over the steps of the row, output layer: the same for all."""

    def __init__(self, features, width, core):
        super().__init__()
        self.inp = nn.Linear(features, width)
        self.core = core
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, width)

    def forward(self, x, lengths):
        if x.shape[1] == 0:
            x = x.new_zeros(x.shape[0], 1, x.shape[2])
        lengths = lengths.to(x.device)
        mask = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
        x = x.masked_fill(~mask[..., None], 0.0)  # whatever the padding holds
        h = self.norm(self.core(self.inp(x), mask, lengths))
        h = h.masked_fill(~mask[..., None], 0.0).sum(1)
        return self.out(h / lengths.clamp(min=1)[:, None])


def count(module):
    return sum(p.numel() for p in module.parameters())


def gru_size(width):
    """The hidden size at which the GRU has about as many parameters as the transformer."""
    wanted = 2 * (12 * width**2 + 13 * width)

    def parameters(h):
        return 6 * h * width + 24 * h * h + 24 * h + 2 * h * width + width

    return min(range(1, 2 * width + 1), key=lambda h: abs(parameters(h) - wanted))


def make_encoder(kind: str, features: int, width: int = 64) -> nn.Module:
    if kind == "gru":
        core = GruCore(width, gru_size(width))
    elif kind == "conv":
        core = ConvCore(width)
    elif kind == "transformer":
        core = TransformerCore(width)
    else:
        raise ValueError(f"unknown kind {kind!r}")
    return Encoder(features, width, core)
