"""Three kinds of sequence encoder that differ in nothing else."""

import math

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

# About 20 * width**2 parameters in each core.


class _GRU(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        hidden = round(0.75 * width)
        self.gru = nn.GRU(width, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.join = nn.Linear(2 * hidden, width)

    def forward(self, h: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(h, lengths.cpu(), batch_first=True, enforce_sorted=False)
        h, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True, total_length=h.shape[1])
        return self.join(h)


class _Conv(nn.Module):
    """Residual, centred convolutions; a step sees 170 steps to each side."""

    def __init__(self, width: int):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, 5, padding=2 * 4**i, dilation=4**i) for i in range(4)
        )

    def forward(self, h: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        for norm, conv in zip(self.norms, self.convs, strict=True):
            # Padding is zero before each convolution, as what lies beyond the tensor is.
            inner = norm(h) * mask.unsqueeze(2)
            h = h + nn.functional.gelu(conv(inner.transpose(1, 2)).transpose(1, 2))
        return h


class _Transformer(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        heads = next(n for n in (4, 3, 2, 1) if width % n == 0)
        layer = nn.TransformerEncoderLayer(
            width, heads, 3 * width, dropout=0.0, activation="gelu", batch_first=True,
            norm_first=True,
        )  # fmt: skip
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        for p in self.layers.parameters():  # the layers start as copies of one another
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def forward(self, h: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        # Attention knows no order: sines and cosines of the position tell it.
        half = (h.shape[2] + 1) // 2
        rate = torch.exp(torch.arange(half, device=h.device) * (-math.log(10_000.0) / half))
        angle = torch.arange(h.shape[1], device=h.device)[:, None] * rate
        place = torch.stack((angle.sin(), angle.cos()), 2).flatten(1)[:, : h.shape[2]]
        return self.layers(h + place.to(h), src_key_padding_mask=~mask)


class _Encoder(nn.Module):
    """Same way in, mean over the steps and way out for all kinds. No dropout, no batch norm."""

    def __init__(self, core: nn.Module, features: int, width: int):
        super().__init__()
        self.enter = nn.Linear(features, width)
        self.core = core
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, width)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        if x.shape[0] == 0:
            return x.new_zeros(0, self.leave.out_features)
        if x.shape[1] == 0:  # all silent
            x = x.new_zeros(x.shape[0], 1, x.shape[2])
        lengths = lengths.to(x.device)
        steps = torch.arange(x.shape[1], device=x.device)
        real = steps < lengths[:, None]
        x = x.masked_fill(~real.unsqueeze(2), 0.0)  # whatever the padding holds, NaN too
        # To the core a silent sequence is one step of zeros; the mean below leaves it out.
        seen = lengths.clamp(min=1)
        h = self.core(self.enter(x), steps < seen[:, None], seen)
        h = self.norm(h).masked_fill(~real.unsqueeze(2), 0.0)
        return self.leave(h.sum(1) / seen[:, None])


def make_encoder(kind: str, features: int, width: int = 64) -> nn.Module:
    """An encoder `(x, lengths) -> (batch, width)`; kind "gru", "conv" or "transformer"."""
    cores = {"gru": _GRU, "conv": _Conv, "transformer": _Transformer}
    if kind not in cores:
        raise ValueError(f"unknown kind {kind!r}, need one of {sorted(cores)}")
    return _Encoder(cores[kind](width), features, width)
