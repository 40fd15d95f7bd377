"""Three encoders of padded sequences, masked where they are pooled."""

import math

import torch
from torch import Tensor, nn


class Encoder(nn.Module):
    def __init__(self, kind: str, features: int, width: int) -> None:
        super().__init__()
        self.kind = kind
        self.inputs = nn.Linear(features, width)
        self.out = nn.Linear(width, width)
        if kind == "gru":
            self.body = nn.GRU(width, width // 2, 5, batch_first=True, bidirectional=True)
        elif kind == "conv":
            layers = []
            for i in range(7):
                layers += [nn.Conv1d(width, width, 3, padding=2**i, dilation=2**i), nn.GELU()]
            self.body = nn.Sequential(*layers)
        else:
            layer = nn.TransformerEncoderLayer(width, 4, 4 * width, 0.1, batch_first=True)
            self.body = nn.TransformerEncoder(layer, 2)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        mask = torch.arange(x.shape[1]) < lengths[:, None]
        h = self.inputs(x)
        if self.kind == "gru":
            packed = nn.utils.rnn.pack_padded_sequence(
                h, lengths.clamp(min=1), batch_first=True, enforce_sorted=False
            )
            h, _ = nn.utils.rnn.pad_packed_sequence(
                self.body(packed)[0], True, total_length=x.shape[1]
            )
        elif self.kind == "conv":
            h = self.body((h * mask[..., None]).transpose(1, 2)).transpose(1, 2)
        else:
            position = torch.arange(x.shape[1])[:, None]
            rate = torch.exp(torch.arange(0, h.shape[2], 2) * (-math.log(1e4) / h.shape[2]))
            h = h + torch.stack(((position * rate).sin(), (position * rate).cos()), -1).flatten(1)
            ignored = ~mask & mask.any(1, keepdim=True)
            h = self.body(h, src_key_padding_mask=ignored)
        h = h * mask[..., None]
        return self.out(h.sum(1) / lengths.clamp(min=1)[:, None])


def make_encoder(kind: str, features: int, width: int = 64) -> nn.Module:
    return Encoder(kind, features, width)
