"""The model of template_name: layers and a forward pass alone."""

from __future__ import annotations

import torch  # for: transformer cnn
from torch import Tensor, nn
from torch.nn import functional  # for: transformer

from .config_template import ModelConfig


# for: mlp
class TemplateModel(nn.Module):
    """A multi-layer perceptron that tells classes apart."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = config.num_inputs
        for _ in range(config.num_layers):
            linear = nn.Linear(width, config.width)
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            nn.init.zeros_(linear.bias)
            layers += [linear, nn.ReLU(), nn.Dropout(config.dropout)]
            width = config.width
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, config.num_classes)
        # Small: all classes are about as likely at first.
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits, (batch, classes), for inputs, (batch, num_inputs)."""
        logits: Tensor = self.head(self.body(inputs))
        return logits


# for: cnn
class Stage(nn.Module):
    """Two convolutions with a residual path, then half the resolution."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
        self.norm = nn.GroupNorm(4, channels)
        self.refine = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.refine_norm = nn.GroupNorm(4, channels)
        for convolution in (self.enter, self.refine):
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Return (batch, channels, height / 2, width / 2)."""
        hidden = torch.relu(self.norm(self.enter(images)))
        hidden = hidden + torch.relu(self.refine_norm(self.refine(hidden)))
        return nn.functional.max_pool2d(hidden, 2)


class TemplateModel(nn.Module):
    """A small convolutional net that tells classes of images apart."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        stages, channels = [], config.in_channels
        for width in config.widths:
            stages.append(Stage(channels, width))
            channels = width
        self.stages = nn.Sequential(*stages)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(channels, config.num_classes)
        # Small: all classes are about as likely at first.
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits, (batch, classes), for (batch, channels, height, width)."""
        pooled = self.stages(images).mean(dim=(2, 3))
        logits: Tensor = self.head(self.dropout(pooled))
        return logits


# for: rnn
class TemplateModel(nn.Module):
    """A recurrent net (GRU) that tells classes of sequences apart."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gru = nn.GRU(
            config.num_inputs,
            config.width,
            config.num_layers,
            batch_first=True,
            dropout=config.dropout if config.num_layers > 1 else 0.0,
        )
        for name, weight in self.gru.named_parameters():
            # Orthogonal: what is remembered neither grows nor shrinks with time.
            if name.startswith("weight_hh"):
                for gate in weight.data.chunk(3):
                    nn.init.orthogonal_(gate)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.width, config.num_classes)
        # Small: all classes are about as likely at first.
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, sequences: Tensor) -> Tensor:
        """Return logits, (batch, classes), for (batch, length, num_inputs)."""
        outputs, _ = self.gru(sequences)
        logits: Tensor = self.head(self.dropout(outputs[:, -1]))
        return logits


# for: transformer
class Attention(nn.Module):
    """Causal self-attention over several heads."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.num_heads, self.dropout = config.num_heads, config.dropout
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return (batch, length, width): a place sees itself and those before it."""
        heads = self.qkv(hidden).unflatten(-1, (3, self.num_heads, -1))
        queries, keys, values = heads.transpose(1, 3).unbind(dim=2)
        mixed = functional.scaled_dot_product_attention(
            queries,
            keys,
            values,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=True,
        )
        out: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return out


class Block(nn.Module):
    """Attention, then a feed-forward net, each beside a residual path (pre-norm)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.width)
        self.attention = Attention(config)
        self.mlp_norm = nn.LayerNorm(config.width)
        self.up = nn.Linear(config.width, 4 * config.width)
        self.down = nn.Linear(4 * config.width, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return (batch, length, width)."""
        hidden = hidden + self.dropout(self.attention(self.attention_norm(hidden)))
        wide = functional.gelu(self.up(self.mlp_norm(hidden)))
        hidden = hidden + self.dropout(self.down(wide))
        return hidden


class TemplateModel(nn.Module):
    """A decoder-only transformer that predicts the next token."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.tokens = nn.Embedding(config.vocabulary, config.width)
        self.places = nn.Embedding(config.context, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(config.width)
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)
        self.apply(self._initialise)
        # So that the variance of the residual path does not grow with depth.
        scale = 0.02 * (2 * config.num_layers) ** -0.5
        for name, weight in self.named_parameters():
            if name.endswith(("attention.out.weight", "down.weight")):
                nn.init.normal_(weight, std=scale)

    @staticmethod
    def _initialise(module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits, (batch, length, vocabulary), for tokens, (batch, length)."""
        places = torch.arange(tokens.shape[1], device=tokens.device)
        hidden = self.tokens(tokens) + self.places(places)
        for block in self.blocks:
            hidden = block(hidden)
        logits: Tensor = self.head(self.norm(hidden))
        return logits


# for: autoencoder
class TemplateModel(nn.Module):
    """Squeezes an input into a few latents and makes it again from them."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(config.num_inputs, config.width),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.width, config.num_latents),
        )
        self.decoder = nn.Sequential(
            nn.Linear(config.num_latents, config.width),
            nn.GELU(),
            nn.Linear(config.width, config.num_inputs),
        )
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_normal_(module.weight)
                nn.init.zeros_(module.bias)

    def encode(self, inputs: Tensor) -> Tensor:
        """Return latents, (batch, num_latents), for inputs, (batch, num_inputs)."""
        latents: Tensor = self.encoder(inputs)
        return latents

    def forward(self, inputs: Tensor) -> Tensor:
        """Return inputs as made again, (batch, num_inputs)."""
        made: Tensor = self.decoder(self.encode(inputs))
        return made
