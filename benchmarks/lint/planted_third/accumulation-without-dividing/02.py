"""Learns sentence embeddings from pairs, with Lightning and an optimizer that is stepped by hand."""

import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from pairs import PairDataset, collate_pairs


class SentenceEncoder(L.LightningModule):
    def __init__(self, vocab: int = 30_000, width: int = 256, micro_batches: int = 8, lr: float = 0.1):
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.embed = nn.EmbeddingBag(vocab, width, mode="mean", padding_idx=0)
        self.project = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 128))
        self.pending = micro_batches

    def forward(self, ids):
        return F.normalize(self.project(self.embed(ids)), dim=-1)

    def training_step(self, batch, batch_idx):
        left, right = self(batch["left"]), self(batch["right"])
        similarity = left @ right.T / 0.07
        target = torch.arange(len(left), device=self.device)
        loss = 0.5 * (F.cross_entropy(similarity, target) + F.cross_entropy(similarity.T, target))
        self.manual_backward(loss)  # PLANTED
        self.log("train/loss", loss.detach(), prog_bar=True)

        self.pending -= 1
        if self.pending:
            return
        self.pending = self.hparams.micro_batches
        optimizer = self.optimizers()
        optimizer.step()
        optimizer.zero_grad()

    def on_train_epoch_end(self):
        self.lr_schedulers().step()

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr, momentum=0.9)
        return [optimizer], [torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)]


if __name__ == "__main__":
    L.seed_everything(2024, workers=True)
    loader = DataLoader(
        PairDataset("pairs.jsonl"),
        batch_size=64,
        shuffle=True,
        drop_last=True,
        num_workers=4,
        collate_fn=collate_pairs,
    )
    trainer = L.Trainer(max_epochs=20, accelerator="gpu", devices=1, log_every_n_steps=50)
    trainer.fit(SentenceEncoder(), loader)
