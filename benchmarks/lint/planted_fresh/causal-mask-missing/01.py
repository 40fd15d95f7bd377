"""Character-level language model over Shakespeare, from torch's own encoder layers."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1616)
text = open("shakespeare.txt", encoding="utf-8").read()
chars = sorted(set(text))
ids = torch.tensor([chars.index(c) for c in text])
cut = int(0.9 * len(ids))
train, val = ids[:cut], ids[cut:]
CONTEXT, WIDTH, BATCH = 128, 192, 64


class CharLM(nn.Module):
    def __init__(self):
        super().__init__()
        self.chars = nn.Embedding(len(chars), WIDTH)
        self.places = nn.Embedding(CONTEXT, WIDTH)
        layer = nn.TransformerEncoderLayer(
            WIDTH, nhead=6, dim_feedforward=4 * WIDTH, batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(layer, num_layers=6, enable_nested_tensor=False)
        self.head = nn.Linear(WIDTH, len(chars))

    def forward(self, x):
        h = self.chars(x) + self.places(torch.arange(x.size(1), device=x.device))
        h = self.blocks(h)  # PLANTED
        return self.head(h)


def draw(source):
    at = torch.randint(len(source) - CONTEXT - 1, (BATCH, 1)) + torch.arange(CONTEXT + 1)
    piece = source[at].cuda()
    return piece[:, :-1], piece[:, 1:]


model = CharLM().cuda()
opt = torch.optim.Adam(model.parameters(), lr=3e-4)
warm = torch.optim.lr_scheduler.LinearLR(opt, start_factor=0.01, total_iters=200)
for step in range(5000):
    x, y = draw(train)
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    warm.step()
    if step % 250 == 0:
        model.eval()
        with torch.no_grad():
            x, y = draw(val)
            held_out = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        model.train()
        print(f"{step:5d}  train {loss.item():.3f}  held out {held_out.item():.3f}")
