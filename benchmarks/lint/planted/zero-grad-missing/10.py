"""Sentiment LSTM as a LightningModule that optimises by hand."""
import lightning as L
import torch
import torch.nn as nn

from reviews import ReviewsDataModule, vocab_size


class LSTMClassifier(L.LightningModule):
    def __init__(self, vocab, dim=100, hidden=256, lr=1e-3):
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.embedding = nn.Embedding(vocab, dim, padding_idx=0)
        self.rnn = nn.LSTM(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)
        self.crit = nn.BCEWithLogitsLoss()

    def forward(self, text):
        _, (h, _) = self.rnn(self.embedding(text))
        return self.out(h[-1]).squeeze(1)

    def training_step(self, batch, batch_idx):
        text, label = batch
        opt = self.optimizers()
        loss = self.crit(self(text), label.float())
        self.manual_backward(loss)  # PLANTED
        self.clip_gradients(opt, gradient_clip_val=5.0, gradient_clip_algorithm="norm")
        opt.step()
        self.log("train_loss", loss, prog_bar=True)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


if __name__ == "__main__":
    L.seed_everything(2020)
    trainer = L.Trainer(max_epochs=10)
    trainer.fit(LSTMClassifier(vocab_size()), datamodule=ReviewsDataModule(batch_size=64))
