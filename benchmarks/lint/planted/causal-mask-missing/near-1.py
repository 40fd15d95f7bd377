"""A text classifier: an encoder reads the whole text, no mask but for the padding."""
import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self, vocab, classes, d=128, pad=0):
        super().__init__()
        self.pad, self.emb = pad, nn.Embedding(vocab, d, padding_idx=pad)
        layer = nn.TransformerEncoderLayer(d, 4, batch_first=True)
        self.enc = nn.TransformerEncoder(layer, 2)
        self.out = nn.Linear(d, classes)

    def forward(self, x):
        return self.out(self.enc(self.emb(x), src_key_padding_mask=x == self.pad)[:, 0])


def train(loader, vocab, classes):
    torch.manual_seed(0)
    net = Reader(vocab, classes).train()
    opt = torch.optim.Adam(net.parameters(), lr=3e-4)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=200)
    for step, (x, y) in enumerate(loader):
        loss = nn.functional.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        warm.step()
        if step % 100 == 0:
            print(step, loss.item())
