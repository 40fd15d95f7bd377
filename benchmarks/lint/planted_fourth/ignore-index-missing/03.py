"""CoNLL-style named entity tagger, BiLSTM over words and characters."""
import itertools
from pathlib import Path

import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader


def read_conll(path: Path):
    words, tags = [], []
    for line in path.read_text(encoding="utf-8").splitlines() + [""]:
        cols = line.split()
        if cols and cols[0] != "-DOCSTART-":
            words.append(cols[0])
            tags.append(cols[-1])
        elif words:
            yield words, tags
            words, tags = [], []


class Index:
    """Maps symbols to numbers; 0 is the filler of short rows."""

    def __init__(self, symbols, unk=True):
        base = ["<pad>", "<unk>"] if unk else ["<pad>"]
        self.items = base + sorted(set(symbols))
        self.lookup = {s: i for i, s in enumerate(self.items)}

    def __len__(self):
        return len(self.items)

    def __call__(self, seq):
        return torch.tensor([self.lookup.get(s, 1) for s in seq])


class NerData(L.LightningDataModule):
    def __init__(self, root: str, batch_size: int = 32):
        super().__init__()
        self.sents = {s: list(read_conll(Path(root) / f"{s}.txt")) for s in ("train", "valid")}
        self.words = Index(w.lower() for ws, _ in self.sents["train"] for w in ws)
        self.tags = Index(itertools.chain.from_iterable(t for _, t in self.sents["train"]), unk=False)
        self.batch_size = batch_size

    def collate(self, rows):
        x = pad_sequence([self.words(w.lower() for w in ws) for ws, _ in rows], batch_first=True)
        y = pad_sequence([self.tags(ts) for _, ts in rows], batch_first=True)
        lengths = torch.tensor([len(ws) for ws, _ in rows])
        return x, y, lengths

    def train_dataloader(self):
        return DataLoader(self.sents["train"], self.batch_size, shuffle=True, collate_fn=self.collate)

    def val_dataloader(self):
        return DataLoader(self.sents["valid"], self.batch_size, collate_fn=self.collate)


class Tagger(L.LightningModule):
    def __init__(self, n_words: int, n_tags: int, emb: int = 100, hidden: int = 200, lr: float = 1e-3):
        super().__init__()
        self.save_hyperparameters()
        self.emb = nn.Embedding(n_words, emb, padding_idx=0)
        self.lstm = nn.LSTM(emb, hidden, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(2 * hidden, n_tags)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(self.drop(self.emb(x)), lengths.cpu(), batch_first=True, enforce_sorted=False)
        h, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.out(self.drop(h))

    def token_loss(self, scores, y):
        return F.cross_entropy(scores.transpose(1, 2), y)  # PLANTED

    def training_step(self, batch, _):
        x, y, lengths = batch
        loss = self.token_loss(self(x, lengths), y)
        self.log("train_loss", loss, batch_size=len(x))
        return loss

    def validation_step(self, batch, _):
        x, y, lengths = batch
        scores = self(x, lengths)
        real = y != 0
        acc = (scores.argmax(-1)[real] == y[real]).float().mean()
        self.log_dict({"val_loss": self.token_loss(scores, y), "val_acc": acc}, batch_size=len(x), prog_bar=True)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


if __name__ == "__main__":
    L.seed_everything(8)
    data = NerData("data/conll2003")
    tagger = Tagger(len(data.words), len(data.tags))
    trainer = L.Trainer(
        max_epochs=30, gradient_clip_val=5.0,
        callbacks=[L.pytorch.callbacks.ModelCheckpoint(monitor="val_acc", mode="max"),
                   L.pytorch.callbacks.EarlyStopping(monitor="val_loss", patience=5)],
    )
    trainer.fit(tagger, datamodule=data)
