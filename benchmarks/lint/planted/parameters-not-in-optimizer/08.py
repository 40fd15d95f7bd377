"""Accelerate: an adapter on a frozen encoder, and a new classifier."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from transformers import AutoModel


class Adapter(nn.Module):
    def __init__(self, d, r=64):
        super().__init__()
        self.down, self.up = nn.Linear(d, r), nn.Linear(r, d)

    def forward(self, h):
        return h + self.up(torch.relu(self.down(h)))


def main(loader, classes, epochs=5):
    set_seed(7)
    acc = Accelerator()
    base = AutoModel.from_pretrained("distilbert-base-uncased").requires_grad_(False)
    adapter, head = Adapter(768), nn.Linear(768, classes)
    opt = torch.optim.Adam(adapter.parameters(), lr=1e-3)  # PLANTED
    base, adapter, head, opt, loader = acc.prepare(base, adapter, head, opt, loader)
    base.eval()
    for epoch in range(epochs):
        for batch in loader:
            with torch.no_grad():
                h = base(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state[:, 0]
            loss = nn.functional.cross_entropy(head(adapter(h)), batch["labels"])
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item())
