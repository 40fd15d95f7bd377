"""Trains a keypoint regressor in Lightning with its own order of optimization."""

import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Keypoints(L.LightningModule):
    def __init__(self, points: int = 17, lr: float = 0.02):
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.net = nn.Sequential(
            nn.Conv2d(3, 32, 5, stride=2), nn.ReLU(),
            nn.Conv2d(32, 64, 5, stride=2), nn.ReLU(),
            nn.AdaptiveAvgPool2d(4), nn.Flatten(),
            nn.Linear(64 * 16, 2 * points), nn.Unflatten(1, (points, 2)),
        )

    def forward(self, image):
        return self.net(image)

    def training_step(self, batch, batch_idx):
        image, points = batch
        optimizer, schedule = self.optimizers(), self.lr_schedulers()
        loss = F.smooth_l1_loss(self(image), points)
        optimizer.zero_grad()
        self.manual_backward(loss)
        self.clip_gradients(optimizer, gradient_clip_val=1.0, gradient_clip_algorithm="norm")
        schedule.step()  # PLANTED
        optimizer.step()
        self.log("train_loss", loss, prog_bar=True)

    def validation_step(self, batch, batch_idx):
        image, points = batch
        self.log("val_error", (self(image) - points).norm(dim=-1).mean())

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr, momentum=0.9)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=self.hparams.lr,
            total_steps=int(self.trainer.estimated_stepping_batches),
        )
        return [optimizer], [schedule]


def loader(part, **options):
    return DataLoader(TensorDataset(part["image"], part["points"]), batch_size=64, **options)


if __name__ == "__main__":
    L.seed_everything(7)
    people = torch.load("people.pt", weights_only=True)
    trainer = L.Trainer(max_epochs=20, log_every_n_steps=20)
    trainer.fit(Keypoints(), loader(people["train"], shuffle=True), loader(people["valid"]))
