"""CTC speech recogniser as a LightningModule."""
import argparse

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
import torchaudio
from lightning.pytorch.callbacks import LearningRateMonitor, ModelCheckpoint
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

ALPHABET = "_ 'ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHAR2ID = {c: i for i, c in enumerate(ALPHABET)}


class LibriDataModule(pl.LightningDataModule):
    def __init__(self, root, batch_size, workers=8):
        super().__init__()
        self.save_hyperparameters()
        self.mel = torchaudio.transforms.MelSpectrogram(16000, n_fft=400, hop_length=160, n_mels=80)

    def setup(self, stage=None):
        self.train = torchaudio.datasets.LIBRISPEECH(self.hparams.root, "train-clean-100")
        self.val = torchaudio.datasets.LIBRISPEECH(self.hparams.root, "dev-clean")

    def collate(self, items):
        feats = [torch.log(self.mel(w[0]) + 1e-6).t() for w, *_ in items]
        texts = [torch.tensor([CHAR2ID[c] for c in it[2] if c in CHAR2ID]) for it in items]
        return (pad_sequence(feats, True), torch.tensor([len(f) for f in feats]),
                pad_sequence(texts, True), torch.tensor([len(t) for t in texts]))

    def train_dataloader(self):
        return DataLoader(self.train, self.hparams.batch_size, shuffle=True, drop_last=True,
                          collate_fn=self.collate, num_workers=self.hparams.workers)

    def val_dataloader(self):
        return DataLoader(self.val, self.hparams.batch_size, collate_fn=self.collate,
                          num_workers=self.hparams.workers)


class CTCModel(pl.LightningModule):
    def __init__(self, hidden=512, layers=4, lr=5e-4, max_norm=5.0):
        super().__init__()
        self.save_hyperparameters()
        self.front = nn.Sequential(
            nn.Conv1d(80, hidden, 5, stride=2, padding=2), nn.GELU(), nn.Conv1d(hidden, hidden, 5, padding=2), nn.GELU())
        self.rnn = nn.LSTM(hidden, hidden // 2, layers, dropout=0.2, batch_first=True, bidirectional=True)
        self.out = nn.Linear(hidden, len(ALPHABET))

    def forward(self, feats):
        h = self.front(feats.transpose(1, 2)).transpose(1, 2)
        h, _ = self.rnn(h)
        return self.out(h).log_softmax(-1)

    def _ctc(self, batch):
        feats, flen, text, tlen = batch
        logp = self(feats).transpose(0, 1)
        return F.ctc_loss(logp, text, (flen - 1) // 2 + 1, tlen, blank=0, zero_infinity=True)

    def training_step(self, batch, batch_idx):
        loss = self._ctc(batch)
        self.log("train/ctc", loss, prog_bar=True)
        return loss

    def validation_step(self, batch, batch_idx):
        self.log("val/ctc", self._ctc(batch), batch_size=len(batch[0]), prog_bar=True)

    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure=None):
        super().optimizer_step(epoch, batch_idx, optimizer, optimizer_closure)
        norm = nn.utils.clip_grad_norm_(self.parameters(), self.hparams.max_norm)  # PLANTED
        self.log("train/grad_norm", norm)

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, self.hparams.lr, total_steps=int(self.trainer.estimated_stepping_batches))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", default="data")
    parser.add_argument("--batch_size", type=int, default=24)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=77)
    hp = parser.parse_args()

    pl.seed_everything(hp.seed, workers=True)
    trainer = pl.Trainer(
        max_epochs=hp.epochs, accelerator="auto", devices=1, precision="bf16-mixed", log_every_n_steps=50,
        callbacks=[ModelCheckpoint(monitor="val/ctc", save_last=True), LearningRateMonitor("step")],
    )
    trainer.fit(CTCModel(), LibriDataModule(hp.root, hp.batch_size))


if __name__ == "__main__":
    main()
