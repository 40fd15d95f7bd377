"""Three encoders of padded sequences; padding is cut off wherever a layer could look at it."""

import math

import torch
from torch import Tensor, nn


class Encoder(nn.Module):
    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.inputs = nn.Linear(features, width)
        self.out = nn.Linear(width, width)

    def embed(self, h: Tensor, mask: Tensor) -> Tensor:
        """Mean over the steps that are there; zeros where there are none."""
        summed = (h * mask).sum(1)
        return self.out(summed / mask.sum(1).clamp(min=1))

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        mask = (torch.arange(x.shape[1], device=x.device) < lengths[:, None])[..., None]
        x = torch.where(mask, x, 0.0)
        h = torch.where(mask, self.inputs(x), 0.0)
        return self.embed(self.encode(h, mask, lengths), mask)


class Gru(Encoder):
    def __init__(self, features: int, width: int) -> None:
        super().__init__(features, width)
        self.gru = nn.GRU(width, width // 2, 5, batch_first=True, bidirectional=True)

    def encode(self, h: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(
            h, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
        )
        out, _ = self.gru(packed)
        return nn.utils.rnn.pad_packed_sequence(out, True, total_length=h.shape[1])[0]


class Conv(Encoder):
    def __init__(self, features: int, width: int) -> None:
        super().__init__(features, width)
        self.layers = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=2**i, dilation=2**i) for i in range(7)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(7))

    def encode(self, h: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        for conv, norm in zip(self.layers, self.norms, strict=True):
            inner = conv((norm(h) * mask).transpose(1, 2)).transpose(1, 2)
            h = h + nn.functional.gelu(inner) * mask
        return h


class Transformer(Encoder):
    def __init__(self, features: int, width: int) -> None:
        super().__init__(features, width)
        layer = nn.TransformerEncoderLayer(
            width, 4, 4 * width, 0.0, batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def encode(self, h: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        time, width = h.shape[1:]
        position = torch.arange(time, device=h.device)[:, None]
        rate = torch.exp(torch.arange(0, width, 2, device=h.device) * (-math.log(1e4) / width))
        angle = position * rate
        h = h + torch.stack((angle.sin(), angle.cos()), -1).flatten(1)
        ignored = ~mask[..., 0]
        ignored = ignored & ~ignored.all(1, keepdim=True)  # a row of none would be NaN
        return self.layers(h, src_key_padding_mask=ignored)


KINDS = {"gru": Gru, "conv": Conv, "transformer": Transformer}


def make_encoder(kind: str, features: int, width: int = 64) -> nn.Module:
    return KINDS[kind](features, width)
