"""The training config as frozen dataclasses, and what each key may hold."""

from __future__ import annotations

from dataclasses import dataclass, field

VERSION = 1  # of what the keys mean; a checkpoint keeps the config, and with it this number


@dataclass(frozen=True)
class RunConfig:
    """Where the run folder goes: `folder`/`name`."""

    name: str = "train"
    folder: str = "runs"


@dataclass(frozen=True)
class CharGPTConfig:
    """A character-level GPT on the source text of Python's library."""

    name: str = "char_gpt"
    num_layers: int = 3
    num_heads: int = 4
    width: int = 96
    context: int = 64
    dropout: float = 0.0
    tied: bool = True


@dataclass(frozen=True)
class ImageClassifierConfig:
    """A small convolutional network on gratings made on the spot. noise: of the pixels, its sd."""

    name: str = "image_classifier"
    num_layers: int = 3
    width: int = 16
    dropout: float = 0.0
    num_classes: int = 8
    image_size: int = 16
    num_samples: int = 4096
    noise: float = 1.0
    workers: int = 0


@dataclass(frozen=True)
class LoraConfig:
    """LoRA on a local causal language model. path: its folder; text: a file to tune it on.

    The defaults are PEFT's, but for the rank's scale: alpha is twice the rank.
    """

    name: str = "lora"
    path: str = ""
    text: str = ""
    rank: int = 8
    alpha: float = 16.0
    dropout: float = 0.0
    context: int = 64


ModelConfig = CharGPTConfig | ImageClassifierConfig | LoraConfig
MODELS: dict[str, type[ModelConfig]] = {
    "char_gpt": CharGPTConfig,
    "image_classifier": ImageClassifierConfig,
    "lora": LoraConfig,
}


@dataclass(frozen=True)
class OptimizerConfig:
    """adamw, sgd, or muon for the hidden matrices with adamw for the rest.

    betas are adamw's; momentum is that of sgd and muon. Decay is on matrices alone.
    """

    name: str = "adamw"
    lr: float = 1e-3
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.95)
    momentum: float | None = None


@dataclass(frozen=True)
class ScheduleConfig:
    """Linear warm-up, then cosine or linear to `final_fraction` of the peak lr, wsd or constant.

    wsd stays at the peak and falls as 1 - sqrt over the last `decay_fraction` of the steps.
    """

    name: str = "cosine"
    warmup_steps: int = 0
    final_fraction: float = 0.1
    decay_fraction: float = 0.2


@dataclass(frozen=True)
class TrainingConfig:
    """The loop.

    A step takes `accumulate` batches. clip_norm: null for no clipping. precision: fp32, bf16 or
    fp16. skip_nonfinite: leave an update out where a gradient is NaN or infinite; fp16 always does.
    activation_checkpointing: blocks are computed again in the backward pass, which saves memory.
    ema_decay: evaluate an average of the weights. eval_every: steps, 0 for no evaluation.
    patience: stop after so many evaluations without a new best. distributed: how processes that
    torchrun started hold the model: ddp, each a whole one; fsdp, each a shard; auto is ddp.
    batch_size is that of all of them. compare_ranks_every: steps from one comparison of the ranks'
    weights to the next, 0 for none.
    """

    steps: int = 300
    batch_size: int = 16
    accumulate: int = 1
    clip_norm: float | None = 1.0
    precision: str = "fp32"
    skip_nonfinite: bool = True
    compile: bool = False
    activation_checkpointing: bool = False
    ema_decay: float | None = None
    eval_every: int = 25
    patience: int | None = None
    seed: int = 0
    threads: int | None = None
    distributed: str = "auto"
    compare_ranks_every: int = 0


@dataclass(frozen=True)
class CheckpointConfig:
    """every: steps from one to the next, 0 for the last alone; keep: how many of the newest.

    best: keep the one of the lowest held-out loss too, whatever its age.
    """

    every: int = 100
    keep: int = 2
    best: bool = True


@dataclass(frozen=True)
class ValSplitConfig:
    """What is held out of the training data where a case brings no held-out data.

    random; grouped: all samples of one group on one side; time: the last ones; none. by: the key
    of a sample that holds its group or time; without it, time is the order of the samples.
    """

    name: str = "random"
    share: float = 0.1
    by: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class TrainConfig:
    """A whole training run. case: `module:factory` in place of the built-in model and data."""

    version: int = VERSION
    run: RunConfig = field(default_factory=RunConfig)
    case: str | None = None
    model: CharGPTConfig | ImageClassifierConfig | LoraConfig = field(default_factory=CharGPTConfig)
    optimizer: OptimizerConfig | None = None
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    checkpoint: CheckpointConfig = field(default_factory=CheckpointConfig)
    val_split: ValSplitConfig | None = None


NAMES = {
    "model.name": tuple(MODELS),
    "optimizer.name": ("adamw", "sgd", "muon"),
    "schedule.name": ("cosine", "linear", "wsd", "constant"),
    "training.precision": ("fp32", "bf16", "fp16"),
    "training.distributed": ("auto", "ddp", "fsdp"),
    "val_split.name": ("random", "grouped", "time", "none"),
}

AT_LEAST = {
    "model.num_layers": 1, "model.num_heads": 1, "model.width": 1, "model.context": 1,
    "model.dropout": 0, "model.num_classes": 2, "model.image_size": 4, "model.num_samples": 1,
    "model.noise": 0, "model.workers": 0, "model.rank": 1, "model.alpha": 0,
    "optimizer.lr": 0, "optimizer.weight_decay": 0, "optimizer.momentum": 0,
    "schedule.warmup_steps": 0, "schedule.final_fraction": 0, "schedule.decay_fraction": 0,
    "training.steps": 1, "training.batch_size": 1, "training.accumulate": 1,
    "training.clip_norm": 0, "training.ema_decay": 0, "training.eval_every": 0,
    "training.patience": 1, "training.seed": 0, "training.threads": 1,
    "training.compare_ranks_every": 0, "checkpoint.every": 0, "checkpoint.keep": 1,
    "val_split.share": 0, "val_split.seed": 0,
}  # fmt: skip

BELOW = {"training.ema_decay": 1, "val_split.share": 1, "model.dropout": 1}
AT_MOST = {"schedule.final_fraction": 1, "schedule.decay_fraction": 1}
