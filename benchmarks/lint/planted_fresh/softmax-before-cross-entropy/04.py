"""Part-of-speech tags with a fast LSTM, in Lightning, logging how sure it is."""

import lightning as L
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

PAD_TAG = 0


class POSTagger(L.LightningModule):
    def __init__(self, vocab: int, tags: int, d: int = 200):
        super().__init__()
        self.emb = nn.Embedding(vocab, d, padding_idx=0)
        self.lstm = nn.LSTM(d, d // 2, num_layers=2, bidirectional=True, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.tag = nn.Linear(d, tags)
        self.to_distribution = nn.LogSoftmax(dim=-1)  # PLANTED
        self.loss = nn.CrossEntropyLoss(ignore_index=PAD_TAG, reduction="mean")

    def forward(self, words):
        h, _ = self.lstm(self.drop(self.emb(words)))
        return self.to_distribution(self.tag(self.drop(h)))

    def _shared(self, batch, stage):
        words, tags = batch
        out = self(words)
        loss = self.loss(out.flatten(0, 1), tags.flatten())
        kept = tags != PAD_TAG
        self.log_dict(
            {
                f"{stage}/loss": loss,
                f"{stage}/acc": (out.argmax(-1) == tags)[kept].float().mean(),
                f"{stage}/sure": out.detach().amax(-1)[kept].exp().mean(),
            },
            prog_bar=True,
        )
        return loss

    def training_step(self, batch, batch_idx):
        return self._shared(batch, "train")

    def validation_step(self, batch, batch_idx):
        self._shared(batch, "val")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=2e-3)


def collate(rows):
    return tuple(pad_sequence(col, batch_first=True) for col in zip(*rows))


if __name__ == "__main__":
    L.seed_everything(63)
    ud = torch.load("ud_english.pt", weights_only=True)
    model = POSTagger(ud["vocab_size"], ud["num_tags"])
    L.Trainer(max_epochs=12, gradient_clip_val=5.0).fit(
        model,
        DataLoader(ud["train"], 64, shuffle=True, collate_fn=collate),
        DataLoader(ud["dev"], 128, collate_fn=collate),
    )
