"""Lightning module that matches captions and images by contrast."""

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset


class Matcher(pl.LightningModule):
    def __init__(self, image_dim: int, text_dim: int, dim: int = 256, peak: float = 2e-3) -> None:
        super().__init__()
        self.image_side = nn.Sequential(nn.Linear(image_dim, 1024), nn.ReLU(), nn.Linear(1024, dim))
        self.text_side = nn.Sequential(nn.Linear(text_dim, 1024), nn.ReLU(), nn.Linear(1024, dim))
        self.log_scale = nn.Parameter(torch.tensor(2.66))
        self.peak = peak

    def contrast(self, image: Tensor, text: Tensor) -> Tensor:
        a, b = F.normalize(self.image_side(image)), F.normalize(self.text_side(text))
        similar = self.log_scale.exp() * a @ b.T
        own = torch.arange(len(similar), device=similar.device)
        return (F.cross_entropy(similar, own) + F.cross_entropy(similar.T, own)) / 2

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        loss = self.contrast(*batch)
        self.log("loss/train", loss)
        return loss

    def validation_step(self, batch: list[Tensor], _: int) -> None:
        self.log("loss/valid", self.contrast(*batch))

    def configure_optimizers(self) -> dict:
        optimizer = torch.optim.Adam(self.parameters(), lr=self.peak)
        updates = int(self.trainer.estimated_stepping_batches)
        cycle = OneCycleLR(optimizer, self.peak, total_steps=updates, pct_start=0.1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": cycle, "interval": "epoch", "name": "rate"},  # PLANTED
        }


def main() -> None:
    pl.seed_everything(2, workers=True)
    pairs = torch.load("pairs.pt", weights_only=True)
    train, valid = (TensorDataset(pairs[part]["image"], pairs[part]["text"]) for part in ("train", "valid"))
    trainer = pl.Trainer(
        max_epochs=30,
        gradient_clip_val=1.0,
        callbacks=[pl.callbacks.LearningRateMonitor(logging_interval="step")],
    )
    trainer.fit(
        Matcher(768, 512),
        DataLoader(train, batch_size=512, shuffle=True, drop_last=True),
        DataLoader(valid, batch_size=512),
    )


if __name__ == "__main__":
    main()
