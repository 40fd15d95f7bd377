"""Image retrieval in Lightning, with a mean of the epoch made by hand."""
from __future__ import annotations

import lightning as L
import torch
from torch import Tensor, nn

from retrieval import Embedder, Triplets


class Retrieval(L.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.net = Embedder(128)
        self.margin = nn.TripletMarginLoss(margin=0.3)
        self.outputs: list[Tensor] = []

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], idx: int) -> Tensor:
        anchor, positive, negative = (self.net(x) for x in batch)
        loss = self.margin(anchor, positive, negative)
        self.outputs.append(loss)  # PLANTED
        return loss

    def on_train_epoch_end(self) -> None:
        self.log("train/mean", torch.stack([o.detach() for o in self.outputs]).mean())
        self.outputs.clear()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-4)


if __name__ == "__main__":
    L.seed_everything(16)
    L.Trainer(max_epochs=20).fit(Retrieval(), datamodule=Triplets())
