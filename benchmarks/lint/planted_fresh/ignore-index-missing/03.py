"""Listen, attend and spell: a character decoder over padded transcripts."""

import lightning as L
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from las import CHARS, PAD, Listener, Speller, TedTalks, pad_batch


class LAS(L.LightningModule):
    def __init__(self, lr: float = 5e-4) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.listener = Listener(mels=80, hidden=256)
        self.speller = Speller(len(CHARS), hidden=512, padding_idx=PAD)

    def forward(self, mels, lengths, text):
        memory, mask = self.listener(mels, lengths)
        return self.speller(memory, mask, text)

    def step(self, batch):
        mels, lengths, text = batch
        log_probs = self(mels, lengths, text[:, :-1]).log_softmax(dim=-1)
        return F.nll_loss(log_probs.transpose(1, 2), text[:, 1:])  # PLANTED

    def training_step(self, batch, _):
        loss = self.step(batch)
        self.log("train_nll", loss)
        return loss

    def validation_step(self, batch, _):
        self.log("val_nll", self.step(batch), prog_bar=True)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


def loader(split: str, shuffle: bool) -> DataLoader:
    talks = TedTalks(split)
    return DataLoader(talks, batch_size=32, shuffle=shuffle, collate_fn=pad_batch, num_workers=4)


if __name__ == "__main__":
    L.seed_everything(2016)
    trainer = L.Trainer(max_epochs=40, gradient_clip_val=5.0, accelerator="gpu", devices=1)
    trainer.fit(LAS(), loader("train", True), loader("dev", False))
