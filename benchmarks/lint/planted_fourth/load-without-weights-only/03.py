# Speaker emotion recognition on pre-extracted wav2vec features.
# Each clip was stored with torch.save as a [frames, 768] tensor.
import csv
import random
from os.path import join

import lightning as L
import torch
import torch.nn.functional as F
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

EMOTIONS = ("angry", "happy", "neutral", "sad")


class FeatureClips(Dataset):
    def __init__(self, root, manifest, max_frames=500, crop=False):
        self.root, self.max_frames, self.crop = root, max_frames, crop
        with open(join(root, manifest)) as fh:
            self.items = [(r["clip"], EMOTIONS.index(r["emotion"])) for r in csv.DictReader(fh)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, k):
        clip, label = self.items[k]
        feats = torch.load(join(self.root, "features", f"{clip}.pt"), map_location="cpu")  # PLANTED
        extra = feats.size(0) - self.max_frames
        if extra > 0:
            start = random.randint(0, extra) if self.crop else extra // 2
            feats = feats[start:start + self.max_frames]
        return feats.float(), label


def pad_batch(batch):
    feats, labels = zip(*batch)
    lengths = torch.tensor([len(f) for f in feats])
    return pad_sequence(feats, batch_first=True), lengths, torch.tensor(labels)


class EmotionData(L.LightningDataModule):
    def __init__(self, root="data/iemocap", batch_size=32, workers=4):
        super().__init__()
        self.root, self.batch_size, self.workers = root, batch_size, workers

    def _loader(self, manifest, train=False):
        return DataLoader(FeatureClips(self.root, manifest, crop=train), self.batch_size, shuffle=train,
                          num_workers=self.workers, collate_fn=pad_batch)

    def train_dataloader(self):
        return self._loader("train.csv", train=True)

    def val_dataloader(self):
        return self._loader("val.csv")

    def test_dataloader(self):
        return self._loader("test.csv")


class AttentivePooling(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.score = nn.Sequential(nn.Linear(dim, 128), nn.Tanh(), nn.Linear(128, 1))

    def forward(self, x, lengths):
        pad = torch.arange(x.size(1), device=x.device)[None] >= lengths[:, None]
        w = self.score(x).squeeze(-1).masked_fill(pad, float("-inf")).softmax(-1)
        return torch.einsum("bt,btd->bd", w, x)


class EmotionNet(L.LightningModule):
    def __init__(self, in_dim=768, dim=256, lr=5e-4):
        super().__init__()
        self.save_hyperparameters()
        self.inp = nn.Sequential(nn.Linear(in_dim, dim), nn.ReLU(), nn.Dropout(0.2))
        self.pool = AttentivePooling(dim)
        self.out = nn.Linear(dim, len(EMOTIONS))

    def forward(self, x, lengths):
        return self.out(self.pool(self.inp(x), lengths))

    def training_step(self, batch, _):
        x, lengths, y = batch
        loss = F.cross_entropy(self(x, lengths), y)
        self.log("train_loss", loss, on_epoch=True, prog_bar=True, batch_size=len(y))
        return loss

    def _shared_eval(self, batch, name):
        x, lengths, y = batch
        logits = self(x, lengths)
        self.log(f"{name}_loss", F.cross_entropy(logits, y), prog_bar=True, batch_size=len(y))
        self.log(f"{name}_acc", (logits.argmax(-1) == y).float().mean(), prog_bar=True, batch_size=len(y))

    def validation_step(self, batch, _):
        self._shared_eval(batch, "val")

    def test_step(self, batch, _):
        self._shared_eval(batch, "test")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


if __name__ == "__main__":
    L.seed_everything(99, workers=True)
    callbacks = [ModelCheckpoint(monitor="val_acc", mode="max"), EarlyStopping("val_loss", patience=8)]
    trainer = L.Trainer(max_epochs=60, callbacks=callbacks, gradient_clip_val=1.0, deterministic=True)
    data = EmotionData()
    trainer.fit(EmotionNet(), data)
    trainer.test(datamodule=data, ckpt_path="best")
