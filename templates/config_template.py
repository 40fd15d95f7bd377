"""The configuration of template_name: sizes, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass, field


# for: mlp
@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the model. dropout: the share of hidden units left out in training."""

    num_inputs: int = 16
    num_classes: int = 4
    width: int = 64
    num_layers: int = 2
    dropout: float = 0.1


# for: cnn
@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the model. widths: channels of each stage; a stage halves the image."""

    in_channels: int = 1
    image_size: int = 16
    num_classes: int = 4
    widths: tuple[int, ...] = (16, 32)
    dropout: float = 0.1


# for: rnn
@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the model. length: of the sequences that are made here, in steps."""

    num_inputs: int = 8
    num_classes: int = 4
    length: int = 12
    width: int = 32
    num_layers: int = 1
    dropout: float = 0.1


# for: transformer
@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the model. context: the longest sequence, in tokens."""

    vocabulary: int = 32
    context: int = 16
    width: int = 32
    num_layers: int = 2
    num_heads: int = 4
    dropout: float = 0.1

    def __post_init__(self) -> None:
        """Refuse sizes that do not fit together."""
        if self.width % self.num_heads:
            raise ValueError(f"width {self.width}, but {self.num_heads} heads")


# for: autoencoder
@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the model. num_latents: what an input is squeezed into."""

    num_inputs: int = 32
    num_latents: int = 4
    width: int = 64
    dropout: float = 0.0


# for: all
@dataclass(frozen=True)
class TrainingConfig:
    """How the model is trained: the same numbers give the same run."""

    seed: int = 0
    num_steps: int = 300
    batch_size: int = 32
    num_workers: int = 0
    lr: float = 3e-3
    warmup_steps: int = 20
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    evaluate_every: int = 50

    def __post_init__(self) -> None:
        """Refuse numbers that no training can go by."""
        positive = ("num_steps", "batch_size", "lr", "max_grad_norm", "evaluate_every")
        for name in positive:
            value = getattr(self, name)
            if value <= 0:
                raise ValueError(f"{name} is {value}; expected more than 0")
        if not 0 <= self.warmup_steps <= self.num_steps:
            raise ValueError(f"{self.warmup_steps} of {self.num_steps} steps warm up")


@dataclass(frozen=True)
class RunConfig:
    """All that a run is made of."""

    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
