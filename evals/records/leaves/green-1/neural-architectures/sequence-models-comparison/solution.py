"""Three encoders of ragged sequences that differ in the body alone.

Shared: projection of the features to `width`, final norm, mean over the true steps, projection.
The bodies have about 18 width^2 parameters each.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Gru(nn.Module):
    """Two bidirectional layers."""

    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.rnn = nn.GRU(width, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.out = nn.Linear(2 * hidden, width)

    def forward(self, h, lengths, mask):
        packed = pack_padded_sequence(h, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True, total_length=h.shape[1])
        return self.out(out)


class Conv(nn.Module):
    """Residual convolutions of three taps; with these dilations each step sees 364 to each side."""

    def __init__(self, width: int):
        super().__init__()
        dilations = [3**i for i in range(6)]
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in dilations)
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=d, dilation=d) for d in dilations
        )

    def forward(self, h, lengths, mask):
        for norm, conv in zip(self.norms, self.convs, strict=True):
            # Zeros behind the end at every layer: what a sequence alone would be padded with.
            y = norm(h).masked_fill(~mask[..., None], 0.0)
            h = h + F.gelu(conv(y.transpose(1, 2))).transpose(1, 2)
        return h


class Layer(nn.Module):
    """Attention and feed-forward, norms first."""

    def __init__(self, width: int, inner: int):
        super().__init__()
        self.heads = next(n for n in (4, 2, 1) if width % n == 0)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, h, mask):
        b, t, w = h.shape
        qkv = self.qkv(self.norm1(h)).view(b, t, 3, self.heads, w // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        h = h + self.out(y.transpose(1, 2).reshape(b, t, w))
        return h + self.down(F.gelu(self.up(self.norm2(h))))


class Transformer(nn.Module):
    """Two layers, with sinusoidal positions: without them the order would be lost."""

    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.ModuleList(Layer(width, 5 * width // 2) for _ in range(2))

    def forward(self, h, lengths, mask):
        _, t, w = h.shape
        half = (w + 1) // 2
        rate = torch.exp(torch.arange(half, device=h.device) * (-math.log(10_000.0) / half))
        angle = torch.arange(t, device=h.device)[:, None] * rate
        h = h + torch.cat([angle.sin(), angle.cos()], -1)[:, :w].to(h.dtype)
        for layer in self.layers:
            h = layer(h, mask)
        return h


class Encoder(nn.Module):
    def __init__(self, features: int, width: int, body: nn.Module):
        super().__init__()
        self.inp, self.body = nn.Linear(features, width), body
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, width)

    def forward(self, x, lengths):
        lengths = lengths.to(x.device)
        steps = max(int(lengths.max()), 1) if len(lengths) else 1
        x = x[:, :steps]
        if x.shape[1] == 0:  # all silent
            x = x.new_zeros(x.shape[0], 1, x.shape[2])
        true = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
        # Whatever stands in the padding, NaN included, goes; a silent row is one step of zeros for
        # the body, so that no row is masked altogether, and is left out of the mean below.
        x = x.masked_fill(~true[..., None], 0.0)
        atleast = lengths.clamp(min=1)
        mask = torch.arange(x.shape[1], device=x.device) < atleast[:, None]
        h = self.norm(self.body(self.inp(x), atleast, mask))
        pooled = h.masked_fill(~true[..., None], 0.0).sum(1) / atleast[:, None]
        return self.out(pooled)



def make_encoder(kind: str, features: int, width: int = 64) -> nn.Module:
    """`kind` is "gru", "conv" or "transformer"; forward(x, lengths) -> (batch, width)."""
    if kind == "gru":
        # 24 h^2 + 8 h width, the body's weights, is 18 width^2 here.
        body = Gru(width, max(1, round(0.715 * width)))
    elif kind == "conv":
        body = Conv(width)
    elif kind == "transformer":
        body = Transformer(width)
    else:
        raise ValueError(f"kind must be gru, conv or transformer, not {kind!r}")
    return Encoder(features, width, body)
