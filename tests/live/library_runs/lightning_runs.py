"""Trainings of Lightning under the callback, each beside its own account of itself.

Prints a JSON object by name of the training: `losses`, of each batch as training_step returned it.
"""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.lightning_callback import NeuralTrainerCallback


class Net(lightning.LightningModule):
    """A regression that keeps the loss of every batch and the norm of every gradient."""

    def __init__(self, lr: float = 0.05) -> None:
        super().__init__()
        self.save_hyperparameters()
        torch.manual_seed(0)
        self.layer = nn.Linear(4, 1)
        self.losses: list[float] = []
        self.norms: list[float] = []

    def training_step(self, batch, batch_idx):
        loss = functional.mse_loss(self.layer(batch[0]), batch[1])
        self.losses.append(loss.item())
        return loss

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", functional.mse_loss(self.layer(batch[0]), batch[1]))

    def on_before_optimizer_step(self, optimizer):
        squares = [p.grad.double().square().sum() for p in self.parameters()]
        self.norms.append(torch.stack(squares).sum().sqrt().item())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


class ByHand(Net):
    """The same, optimized by hand, with the loss logged."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch, batch_idx):
        optimizer = self.optimizers()
        loss = functional.mse_loss(self.layer(batch[0]), batch[1])
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()
        self.losses.append(loss.item())
        self.log("train_loss", loss)


class Fails(Callback):
    """Ends a training with an error."""

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        if trainer.global_step == 3:
            raise OSError("gone")


def batches() -> DataLoader:
    """Return seven batches of five rows, the last of four."""
    generator = torch.Generator().manual_seed(1)
    rows = torch.randn(34, 4, generator=generator)
    return DataLoader(TensorDataset(rows, rows.sum(1, keepdim=True)), batch_size=5)


def fit(folder: str | None, module: Net, *more: Callback, ckpt_path: str | None = None,
        **settings: object) -> Net:  # fmt: skip
    """Train `module` for two epochs, or as the settings say."""
    callback = NeuralTrainerCallback(folder, judge=False)
    trainer = lightning.Trainer(**{
        "max_epochs": 2, "accelerator": "cpu", "logger": False, "enable_checkpointing": False,
        "enable_progress_bar": False, "enable_model_summary": False, "callbacks": [callback, *more],
        **settings,
    })  # fmt: skip
    trainer.fit(module, batches(), batches(), ckpt_path=ckpt_path)
    return module


def main() -> None:
    """Run all of them; warnings of the library are none of the test's."""
    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    account: dict[str, object] = {}
    for name, module, settings in (
        ("plain", Net(), {}),
        ("accumulated", Net(), {"accumulate_grad_batches": 3}),
        ("clipped", Net(), {"gradient_clip_val": 0.1}),
        ("by-hand", ByHand(), {}),
    ):
        fit(name, module, **settings)
        account[name] = {"losses": module.losses, "norms": module.norms}
    saving = ModelCheckpoint("checkpoints", filename="last", every_n_train_steps=7)
    first = fit("resumed", Net(), saving, enable_checkpointing=True, max_steps=9)
    (path,) = Path("checkpoints").glob("last*.ckpt")
    second = fit("resumed", Net(), ckpt_path=str(path))
    account["resumed"] = {"losses": first.losses[:7] + second.losses}
    try:
        fit(None, Net(), Fails())
    except OSError:
        fit(None, Net(), max_steps=2)
    print("ACCOUNT " + json.dumps(account))


if __name__ == "__main__":
    main()
