"""The built-in example: a small character-level GPT on the source text of Python's own library."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from neural_trainer.errors import ConfigError
from neural_trainer.layers.case import Case

if TYPE_CHECKING:
    from neural_trainer.training.config import CharGPTConfig, TrainingConfig

# In every Python from 3.10 on; together about 1 MB of prose and code.
MODULES = ("argparse", "ast", "calendar", "difflib", "doctest", "inspect", "optparse", "pdb",
           "pydoc", "random", "shutil", "statistics", "subprocess", "tarfile", "textwrap",
           "threading", "turtle", "typing", "uuid", "zipfile")  # fmt: skip
VALIDATION_SHARE = 0.1  # of each module: its end
RARE = 20  # occurrences; a character seen less often is mapped to `UNKNOWN`
UNKNOWN = "\ufffd"
NUM_EVAL_BATCHES = 8


class CharGPT(nn.Module):
    """A decoder-only transformer: learned positions, pre-norm blocks, causal attention."""

    def __init__(
        self,
        vocabulary: int,
        *,
        context: int,
        width: int,
        num_layers: int,
        num_heads: int,
        dropout: float,
        tied: bool,
    ) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, num_heads, dropout) for _ in range(num_layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        for module in self.modules():
            if isinstance(module, Block):
                module.scale_outputs(1 / math.sqrt(2 * num_layers))
        if tied:
            self.head.weight = self.tokens.weight

    def forward(self, characters: Tensor) -> Tensor:
        """Return the logits, (batch, length, vocabulary), for `characters`, (batch, length)."""
        places = torch.arange(characters.shape[1], device=characters.device)
        hidden = self.tokens(characters) + self.positions(places)
        for block in self.blocks:
            hidden = block(hidden)
        logits: Tensor = self.head(self.norm(hidden))
        return logits


class Block(nn.Module):
    """One pre-norm transformer block."""

    def __init__(self, width: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.attention_norm = nn.LayerNorm(width)
        self.attention_in = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp_in = nn.Linear(width, 4 * width)
        self.mlp_out = nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def scale_outputs(self, factor: float) -> None:
        """Scale what goes into the residual sum: Radford et al. 2019 (GPT-2), section 2.3."""
        with torch.no_grad():
            self.attention_out.weight.mul_(factor)
            self.mlp_out.weight.mul_(factor)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return `hidden`, (batch, length, width), after attention and MLP."""
        batch, length, width = hidden.shape
        mixed = self.attention_in(self.attention_norm(hidden))
        heads = mixed.view(batch, length, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = heads.unbind(0)
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        joined = seen.transpose(1, 2).reshape(batch, length, width)
        hidden = hidden + self.dropout(self.attention_out(joined))
        inner = functional.gelu(self.mlp_in(self.mlp_norm(hidden)))
        result: Tensor = hidden + self.dropout(self.mlp_out(inner))
        return result


class RandomWindows:
    """Batches of random windows of a text; each pass over them draws new ones."""

    def __init__(self, text: Tensor, *, context: int, batch_size: int, count: int, seed: int):
        """`text`: (n,) int64. `count`: batches in a pass."""
        self._text, self._context, self._batch_size = text, context, batch_size
        self._count, self._seed, self._pass = count, seed, 0

    def __len__(self) -> int:
        return self._count

    def set_epoch(self, number: int) -> None:
        """Have the next pass be the one of this number, from 0."""
        self._pass = number

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield inputs and, one character on, targets: (batch_size, context) each."""
        generator = torch.Generator().manual_seed(self._seed + 1_000_003 * self._pass)
        self._pass += 1
        offsets = torch.arange(self._context + 1)
        for _ in range(self._count):
            starts = torch.randint(
                len(self._text) - self._context, (self._batch_size, 1), generator=generator
            )
            windows = self._text[starts + offsets]
            yield windows[:, :-1], windows[:, 1:]


def make_case(sizes: CharGPTConfig, training: TrainingConfig) -> Case:
    """Return model and data of the example. Raises ConfigError where Python has no sources."""
    train, validation, vocabulary = encoded(library_sources())
    batch_size = training.batch_size
    model = CharGPT(
        vocabulary,
        context=sizes.context,
        width=sizes.width,
        num_layers=sizes.num_layers,
        num_heads=sizes.num_heads,
        dropout=sizes.dropout,
        tied=sizes.tied,
    )
    windows = {"context": sizes.context, "batch_size": batch_size}
    per_pass = max(1, len(train) // (sizes.context * batch_size))
    held_out = RandomWindows(validation, **windows, count=NUM_EVAL_BATCHES, seed=0)
    return Case(
        model=model,
        loss_fn=next_character_loss,
        train_batches=RandomWindows(train, **windows, count=per_pass, seed=training.seed),
        eval_batches=list(held_out),
        config={"vocabulary": vocabulary, "train_characters": len(train)},
    )


def next_character_loss(model: Any, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Return the mean cross-entropy of the next character, in nats."""
    inputs, targets = batch
    logits = model(inputs)
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def library_sources() -> list[str]:
    """Return the source text of `MODULES`. Raises ConfigError where there is none."""
    folder = Path(os.__file__).parent
    found = [path for path in (folder / f"{name}.py" for name in MODULES) if path.exists()]
    if not found:
        raise ConfigError(
            f"{folder} holds no source of Python's library, which char_gpt trains on; "
            f"name a case of your own (case: module:factory)"
        )
    return [path.read_text(encoding="utf-8") for path in found]


def encoded(texts: list[str]) -> tuple[Tensor, Tensor, int]:
    """Return training and validation text as characters' numbers, (n,) int64, and how many."""
    counts = Counter("".join(texts))
    kept = sorted(character for character, count in counts.items() if count >= RARE)
    number = {character: index for index, character in enumerate([UNKNOWN, *kept])}
    train: list[int] = []
    validation: list[int] = []
    for text in texts:
        numbers = [number.get(character, 0) for character in text]
        cut = int(len(numbers) * (1 - VALIDATION_SHARE))
        train += numbers[:cut]
        validation += numbers[cut:]
    return torch.tensor(train), torch.tensor(validation), len(number)
