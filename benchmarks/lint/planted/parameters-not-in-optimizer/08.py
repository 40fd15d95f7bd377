"""Adapter and classifier on a frozen encoder, in Lightning."""
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

from topics import Topics


class Adapter(nn.Module):
    def __init__(self, d, r=64):
        super().__init__()
        self.down, self.up = nn.Linear(d, r), nn.Linear(r, d)

    def forward(self, h):
        return h + self.up(torch.relu(self.down(h)))


class Adapted(L.LightningModule):
    def __init__(self, classes):
        super().__init__()
        self.base = AutoModel.from_pretrained("distilbert-base-uncased").requires_grad_(False)
        self.adapter, self.head = Adapter(768), nn.Linear(768, classes)

    def training_step(self, batch, _):
        with torch.no_grad():
            h = self.base(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state[:, 0]
        loss = nn.functional.cross_entropy(self.head(self.adapter(h)), batch["labels"])
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.adapter.parameters(), lr=1e-3)  # PLANTED


if __name__ == "__main__":
    L.seed_everything(7)
    L.Trainer(max_epochs=5).fit(Adapted(classes=20), datamodule=Topics())
