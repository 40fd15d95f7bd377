"""The training of template_name: data, loss, loop and checkpoints.

`python -m template_name.trainer` trains it under watch. `make_case` hands
model, loss and data to neural-trainer, as in
`neural-trainer probe template_name.trainer:make_case`.
"""

from __future__ import annotations

import math
import os
import random
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from .config_template import ModelConfig, RunConfig, TrainingConfig
from .model_template import TemplateModel

if TYPE_CHECKING:
    from neural_trainer.layers.case import Case

NUM_TRAIN, NUM_EVAL = 1024, 256


class Watch(Protocol):
    """What is told of each step; neural_trainer.Monitor is one."""

    def step(self, loss: Any, samples: int | None = None) -> None:
        """Take note of a step."""

    def evaluate(self, **metrics: Any) -> None:
        """Take note of what held-out data gave."""


def seed_everything(seed: int) -> None:
    """Seed Python, numpy and torch."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


# for: mlp
def make_data(config: ModelConfig, num: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return inputs, and classes by a fixed linear map: put yours here."""
    task = torch.Generator().manual_seed(1234)
    rule = torch.randn(config.num_inputs, config.num_classes, generator=task)
    draw = torch.Generator().manual_seed(seed)
    inputs = torch.randn(num, config.num_inputs, generator=draw)
    return inputs, (inputs @ rule).argmax(dim=1)


# for: cnn
def make_data(config: ModelConfig, num: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return noisy images of fixed patterns, and which it is: put yours here."""
    task = torch.Generator().manual_seed(1234)
    size = (config.in_channels, config.image_size, config.image_size)
    patterns = torch.randn(config.num_classes, *size, generator=task)
    draw = torch.Generator().manual_seed(seed)
    classes = torch.randint(config.num_classes, (num,), generator=draw)
    noise = torch.randn(num, *size, generator=draw)
    return patterns[classes] + noise, classes


# for: rnn
def make_data(config: ModelConfig, num: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return noisy sequences that lean one of several ways: put yours here."""
    task = torch.Generator().manual_seed(1234)
    ways = torch.randn(config.num_classes, config.num_inputs, generator=task)
    draw = torch.Generator().manual_seed(seed)
    classes = torch.randint(config.num_classes, (num,), generator=draw)
    noise = torch.randn(num, config.length, config.num_inputs, generator=draw)
    return noise + 0.5 * ways[classes].unsqueeze(1), classes


# for: transformer
def make_data(config: ModelConfig, num: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return tokens that count up by some step, and the next: put yours here."""
    draw = torch.Generator().manual_seed(seed)
    start = torch.randint(config.vocabulary, (num, 1), generator=draw)
    step = torch.randint(1, 4, (num, 1), generator=draw)
    tokens = (start + step * torch.arange(config.context + 1)) % config.vocabulary
    return tokens[:, :-1], tokens[:, 1:]


# for: autoencoder
def make_data(config: ModelConfig, num: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return inputs of few hidden causes, as given and as wanted: put yours here."""
    task = torch.Generator().manual_seed(1234)
    size = (config.num_latents, config.num_inputs)
    mixing = torch.randn(size, generator=task) / math.sqrt(config.num_latents)
    draw = torch.Generator().manual_seed(seed)
    inputs = torch.randn(num, config.num_latents, generator=draw) @ mixing
    return inputs, inputs


# for: all
def make_loaders(config: RunConfig) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Return batches to train on, shuffled by the seed, and held-out ones in order."""
    seed, size = config.training.seed, config.training.batch_size
    train_set = TensorDataset(*make_data(config.model, NUM_TRAIN, seed=2 * seed + 1))
    eval_set = TensorDataset(*make_data(config.model, NUM_EVAL, seed=2 * seed + 2))
    train: DataLoader[Any] = DataLoader(
        train_set,
        size,
        shuffle=True,
        drop_last=True,
        num_workers=config.training.num_workers,
        generator=torch.Generator().manual_seed(seed),
    )
    return train, DataLoader(eval_set, size)


# for: mlp cnn rnn
def loss_fn(model: nn.Module, batch: Any) -> Tensor:
    """Return the mean cross-entropy of a batch of inputs and classes."""
    inputs, classes = on_device_of(model, batch)
    return functional.cross_entropy(model(inputs), classes)


# for: transformer
def loss_fn(model: nn.Module, batch: Any) -> Tensor:
    """Return the mean cross-entropy of the next token."""
    tokens, following = on_device_of(model, batch)
    return functional.cross_entropy(model(tokens).flatten(0, 1), following.flatten())


# for: autoencoder
def loss_fn(model: nn.Module, batch: Any) -> Tensor:
    """Return the mean squared error of what is made again."""
    inputs, wanted = on_device_of(model, batch)
    return functional.mse_loss(model(inputs), wanted)


# for: all
def on_device_of(model: nn.Module, batch: Any) -> list[Tensor]:
    """Return the tensors of a batch where the model is."""
    device = next(model.parameters()).device
    return [tensor.to(device, non_blocking=True) for tensor in batch]


def make_model(config: RunConfig) -> TemplateModel:
    """Return the model as the seed initialises it, on the GPU where there is one."""
    seed_everything(config.training.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return TemplateModel(config.model).to(device)


def make_optimizer(model: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """Return AdamW that decays matrices alone: no biases, norms and embeddings."""
    spared = {
        id(parameter)
        for module in model.modules()
        if isinstance(module, nn.Embedding)
        for parameter in module.parameters()
    }
    decayed: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for parameter in model.parameters():
        is_matrix = parameter.dim() >= 2 and id(parameter) not in spared
        (decayed if is_matrix else others).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.lr)


def make_schedule(
    optimizer: torch.optim.Optimizer, config: TrainingConfig
) -> torch.optim.lr_scheduler.LambdaLR:
    """Return a schedule by step: a linear warm-up, then a cosine to a tenth."""

    def factor(step: int) -> float:
        if step < config.warmup_steps:
            return (step + 1) / config.warmup_steps
        rest = max(1, config.num_steps - config.warmup_steps)
        way = min(1.0, (step - config.warmup_steps) / rest)
        return 0.55 + 0.45 * math.cos(math.pi * way)

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def evaluate(model: nn.Module, batches: DataLoader[Any]) -> float:
    """Return the mean loss on held-out data; the model's mode is put back."""
    was_training = model.training
    model.eval()
    total, num = 0.0, 0
    with torch.no_grad():
        for batch in batches:
            total += loss_fn(model, batch).item() * len(batch[0])
            num += len(batch[0])
    model.train(was_training)
    return total / num


def train(
    config: RunConfig,
    model: TemplateModel,
    optimizer: torch.optim.Optimizer,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
) -> float:
    """Train `model` as the config says and return its loss on held-out data."""
    settings = config.training
    train_batches, eval_batches = make_loaders(config)
    schedule = make_schedule(optimizer, settings)
    model.train()
    step = 0
    while step < settings.num_steps:
        for batch in train_batches:
            optimizer.zero_grad(set_to_none=True)
            loss = loss_fn(model, batch)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), settings.max_grad_norm)
            optimizer.step()
            schedule.step()
            step += 1
            if watch is not None:
                watch.step(loss, samples=len(batch[0]))
            if watch is not None and step % settings.evaluate_every == 0:
                watch.evaluate(loss=evaluate(model, eval_batches))
            if step == settings.num_steps:
                break
    if checkpoint is not None:
        save_checkpoint(checkpoint, config, model, optimizer, step)
    return evaluate(model, eval_batches)


def save_checkpoint(
    path: Path,
    config: RunConfig,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
) -> None:
    """Write all that a run goes on from; a file of that name is replaced whole."""
    state = {
        "config": asdict(config),
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
    }
    unfinished = path.with_suffix(".unfinished")
    torch.save(state, unfinished)
    os.replace(unfinished, path)


def load_checkpoint(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer | None = None
) -> int:
    """Read a checkpoint into model and optimizer and return its step."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    if optimizer is not None:
        optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


def make_case() -> Case:
    """Return model, loss and data as neural-trainer's commands take them."""
    from neural_trainer.layers.case import Case

    config = RunConfig()
    model = make_model(config)
    train_batches, eval_batches = make_loaders(config)
    return Case(
        model=model,
        loss_fn=loss_fn,
        train_batches=train_batches,
        optimizer=make_optimizer(model, config.training),
        eval_batches=eval_batches,
        config=asdict(config),
    )


def main() -> None:
    """Train under watch: runs/template_name tells how it goes."""
    from neural_trainer import Monitor

    config = RunConfig()
    model = make_model(config)
    optimizer = make_optimizer(model, config.training)
    with Monitor(
        "runs/template_name",
        model=model,
        optimizer=optimizer,
        config=asdict(config),
    ) as monitor:
        checkpoint = Path("runs/template_name/last.pt")
        final = train(config, model, optimizer, monitor, checkpoint)
    print(f"loss on held-out data: {final:.4f}")


if __name__ == "__main__":
    main()
