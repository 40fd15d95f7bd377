"""A Lightning module under watch: a small regression, made on the spot.

Run it with `python examples/lightning_module.py` where neural-trainer and lightning are installed.
The run folder is runs/lightning-module; `neural-trainer diagnose runs/lightning-module` says how
the run went.
"""

from __future__ import annotations

import sys

import lightning
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.lightning_callback import NeuralTrainerCallback


class Sine(lightning.LightningModule):
    """A network that fits a sine."""

    def __init__(self, width: int = 64, lr: float = 3e-3) -> None:
        super().__init__()
        self.save_hyperparameters()  # the callback writes them into run.json
        self.layers = nn.Sequential(
            nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        )

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        """Return the loss of a batch: the callback takes it from here."""
        inputs, targets = batch
        return functional.mse_loss(self.layers(inputs), targets)

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Log val_loss, which the callback records as eval/loss."""
        inputs, targets = batch
        self.log("val_loss", functional.mse_loss(self.layers(inputs), targets))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimizer."""
        return torch.optim.AdamW(self.parameters(), lr=self.hparams["lr"])


def waves(count: int, seed: int) -> TensorDataset:
    """Return points of a sine with noise, (count, 1) each."""
    generator = torch.Generator().manual_seed(seed)
    inputs = 6 * torch.rand(count, 1, generator=generator) - 3
    return TensorDataset(inputs, inputs.sin() + 0.05 * torch.randn(count, 1, generator=generator))


def main(folder: str = "runs/lightning-module") -> None:
    """Train and leave a run folder."""
    torch.set_num_threads(1)  # a model this small only waits for more
    lightning.seed_everything(0, verbose=False)
    trainer = lightning.Trainer(
        max_epochs=10, gradient_clip_val=1.0, accelerator="cpu", logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        callbacks=[NeuralTrainerCallback(folder)],
    )  # fmt: skip
    train = DataLoader(waves(2048, 1), batch_size=64, shuffle=True)
    trainer.fit(Sine(), train, DataLoader(waves(256, 2), batch_size=256))


if __name__ == "__main__":
    main(*sys.argv[1:2])
