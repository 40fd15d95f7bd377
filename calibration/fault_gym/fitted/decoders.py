"""Small causal transformers and texts for them, shared by the families of language models."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.program import Data, Net

PAD = 0


class Attention(nn.Module):
    """Of each token to those before it. scale: of the logits, None for 1 / sqrt(size of a head)."""

    def __init__(self, width: int, heads: int, scale: float | None, qk_norm: bool) -> None:
        super().__init__()
        self.heads, self.scale, self.is_causal = heads, scale, True
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        size = width // heads
        self.q_norm = nn.LayerNorm(size) if qk_norm else nn.Identity()
        self.k_norm = nn.LayerNorm(size) if qk_norm else nn.Identity()
        self.largest = 0.0  # logit, where it is asked for
        self.shows = False

    def forward(self, x: Tensor, hidden: Tensor | None) -> Tensor:
        """Return what the tokens x take from each other. hidden: keys, (batch, tokens)."""
        parts = self.qkv(x).reshape(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k, v = self.q_norm(parts[0]), self.k_norm(parts[1]), parts[2]
        if self.shows:
            scale = self.scale or 1 / math.sqrt(q.shape[-1])
            self.largest = (q @ k.transpose(-1, -2)).abs().max().item() * scale
        if hidden is None:
            mixed = functional.scaled_dot_product_attention(
                q, k, v, is_causal=self.is_causal, scale=self.scale
            )
        else:
            length = x.shape[1]
            sees = ~hidden[:, None, None, :] | torch.eye(length, dtype=torch.bool)
            if self.is_causal:
                sees = sees & torch.ones(length, length, dtype=torch.bool).tril()
            mixed = functional.scaled_dot_product_attention(
                q, k, v, attn_mask=sees, scale=self.scale
            )
        out: Tensor = self.out(mixed.transpose(1, 2).reshape(x.shape))
        return out


class Block(nn.Module):
    """Attention and two layers, normed before each or after."""

    def __init__(
        self, width: int, heads: int, post: bool, dropout: float, scale: float | None, qk_norm: bool
    ) -> None:
        super().__init__()
        self.attention = Attention(width, heads, scale, qk_norm)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.drop, self.post = nn.Dropout(dropout), post

    def _think(self, x: Tensor) -> Tensor:
        out: Tensor = self.drop(self.down(functional.gelu(self.up(x))))
        return out

    def forward(self, x: Tensor, hidden: Tensor | None) -> Tensor:
        """Return the tokens x a block further."""
        if self.post:
            x = self.norm1(x + self.drop(self.attention(x, hidden)))
            out: Tensor = self.norm2(x + self._think(x))
            return out
        x = x + self.drop(self.attention(self.norm1(x), hidden))
        return x + self._think(self.norm2(x))


class Decoder(nn.Module):
    """Tokens to features. pads: whether tokens of PAD are hidden; embed_scale: of embeddings."""

    def __init__(
        self, vocabulary: int, length: int, width: int, depth: int, *, heads: int = 2,
        post: bool = False, dropout: float = 0.0, scale: float | None = None,
        qk_norm: bool = False, pads: bool = False, embed_scale: float = 1.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.embed.weight, std=0.1)
        self.place = nn.Parameter(0.02 * torch.randn(length, width))
        self.blocks = nn.ModuleList(
            Block(width, heads, post, dropout, scale, qk_norm) for _ in range(depth)
        )
        self.norm = nn.Identity() if post else nn.LayerNorm(width)
        self.pads, self.embed_scale = pads, embed_scale

    def forward(self, tokens: Tensor) -> Tensor:
        """Return features, (batch, tokens, width)."""
        hidden = tokens == PAD if self.pads else None
        x = self.embed(tokens) * self.embed_scale + self.place[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, hidden)
        out: Tensor = self.norm(x)
        return out


def decoder(
    vocabulary: int, length: int, width: int, depth: int, **more: object
) -> Callable[[], Net]:
    """Return what makes a decoder with a head for the next token."""

    def made() -> Net:
        body = Decoder(vocabulary, length, width, depth, **more)  # type: ignore[arg-type]
        return Net(body, nn.Linear(width, vocabulary))

    return made


def attentions(model: nn.Module) -> list[Attention]:
    """Return the attentions of a model."""
    return [module for module in model.modules() if isinstance(module, Attention)]


def unmasked(model: Net) -> None:
    """Let each token see those after it."""
    for attention in attentions(model):
        attention.is_causal = False


def unhidden(model: Net) -> None:
    """Let tokens of PAD be seen like others."""
    cast(Decoder, model.features).pads = False


def token_loss(output: Tensor, target: Tensor) -> Tensor:
    """Return the cross-entropy of the next token, without those of PAD, in nats."""
    return functional.cross_entropy(output.flatten(0, 1), target.flatten(), ignore_index=PAD)


def padded_loss(output: Tensor, target: Tensor) -> Tensor:
    """Return the cross-entropy of the next token, PAD or not."""
    return functional.cross_entropy(output.flatten(0, 1), target.flatten())


def token_accuracy(output: Tensor, target: Tensor) -> float:
    """Return the share of right tokens, without those of PAD."""
    right = (output.argmax(-1) == target)[target != PAD]
    return right.float().mean().item()


def padded_accuracy(output: Tensor, target: Tensor) -> float:
    """Return the share of right tokens, PAD or not."""
    return (output.argmax(-1) == target).float().mean().item()


def sharp_loss(scale: float) -> Callable[[Tensor, Tensor], Tensor]:
    """Return token_loss of logits times a scale."""
    return lambda output, target: token_loss(scale * output, target)


def sharp_loss_by_hand(scale: float) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the same, written out, in the precision that the logits have."""

    def loss(output: Tensor, target: Tensor) -> Tensor:
        logits = scale * output
        picked = logits.gather(-1, target[..., None])[..., 0]
        return (logits.exp().sum(-1).log() - picked)[target != PAD].mean()

    return loss


def likelihood(output: Tensor, target: Tensor) -> float:
    """Return the mean log-likelihood of the next token."""
    return -token_loss(output, target).item()


def honest(model: Net, data: Data, reported: float) -> float:
    """Return minus the loss on the test data of a model that is not shown what it is to say."""
    for attention in attentions(model):
        attention.is_causal = True
    with torch.no_grad():
        return likelihood(model(data.test[0]), data.test[1])


def honestly_reported(model: Net, data: Data, reported: float) -> float:
    """Return minus how far the loss reported lies from that of real tokens."""
    with torch.no_grad():
        return -abs(likelihood(model(data.test[0]), data.test[1]) + reported)


def calm(model: Net, data: Data, reported: float) -> float:
    """Return minus the largest attention logit."""
    for attention in attentions(model):
        attention.shows = True
    with torch.no_grad():
        model(data.test[0][:64])
    return -max(attention.largest for attention in attentions(model))


def sampled(model: Net, first: Tensor, length: int, temperature: float = 1.0) -> Tensor:
    """Return what the model writes after the tokens `first`, (batch, 1), in training or not."""
    was_training = model.training
    model.eval()
    tokens = first
    with torch.no_grad():
        for _ in range(length - 1):
            odds = (model(tokens)[:, -1] / max(temperature, 1e-4)).softmax(-1)
            tokens = torch.cat([tokens, torch.multinomial(odds.nan_to_num(1.0), 1)], 1)
    model.train(was_training)
    return tokens


def distinct(texts: Tensor, size: int = 4) -> float:
    """Return the share of n-grams that are unlike all others, of texts (batch, tokens)."""
    grams = texts.unfold(1, size, 1).reshape(-1, size)
    return len(grams.unique(dim=0)) / len(grams)


def repeated(texts: Tensor, size: int = 4) -> float:
    """Return the share of n-grams that a text has said before."""
    return 1 - sum(distinct(text[None], size) for text in texts) / len(texts)
