"""The models whose training is watched by monitor_overhead.py: a GPT, a deep ResNet and an MLP."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Training(NamedTuple):
    """A model, one batch, and the loss of the model on it."""

    model: nn.Module
    loss: Callable[[], Tensor]


class Block(nn.Module):
    """A pre-norm transformer block."""

    def __init__(self, width: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.act, self.down = (
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Linear(4 * width, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        heads = self.qkv(self.norm_1(x)).view(batch, length, 3, self.num_heads, -1)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.proj(mixed.transpose(1, 2).reshape(batch, length, width))
        out: Tensor = x + self.down(self.act(self.up(self.norm_2(x))))
        return out


class GPT(nn.Module):
    """A character GPT; (batch, length) tokens to logits."""

    def __init__(
        self, vocabulary: int, width: int, depth: int, num_heads: int, length: int
    ) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, num_heads) for _ in range(depth))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.tokens(tokens) + self.places.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.head(self.norm(x))
        return out


class Residual(nn.Module):
    """Two convolutions with batch norm around a skip."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.conv_2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm_1, self.norm_2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(self.norm_1(self.conv_1(x)))
        return F.relu(x + self.norm_2(self.conv_2(inner)))


def resnet(width: int = 16, depth: int = 18) -> nn.Module:
    """Return a ResNet of 6 * depth + 4 convolutions or so: many small tensors."""
    parts: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)]
    for stage in range(3):
        here = width * 2**stage
        parts += [Residual(here) for _ in range(depth)]
        if stage < 2:
            parts += [nn.Conv2d(here, 2 * here, 3, 2, 1, bias=False), nn.BatchNorm2d(2 * here)]
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, 10))


def training(kind: str, device: str = "cpu", batch: int = 4) -> Training:
    """Return "gpt" (11M), "resnet" (1.7M, 335 tensors) or "gpt-124m", with a batch."""
    torch.manual_seed(0)
    if kind == "resnet":
        images, labels = torch.randn(batch, 3, 32, 32), torch.randint(0, 10, (batch,))
        images, labels, model = images.to(device), labels.to(device), resnet().to(device)
        return Training(model, lambda: F.cross_entropy(model(images), labels))
    large = kind == "gpt-124m"
    size = (50304, 768, 12, 12, 1024) if large else (512, 384, 6, 6, 128)
    gpt = GPT(*size).to(device)
    tokens = torch.randint(0, size[0], (batch, size[-1] + 1), device=device)

    def loss() -> Tensor:
        logits = gpt(tokens[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())

    return Training(gpt, loss)
