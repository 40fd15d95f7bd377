"""Character language model with nn.TransformerEncoder."""
import torch
import torch.nn as nn

from shakespeare import get_batch, VOCAB

torch.manual_seed(1337)


class CharTransformer(nn.Module):
    def __init__(self, d=128, t=128):
        super().__init__()
        self.tok, self.pos = nn.Embedding(VOCAB, d), nn.Embedding(t, d)
        layer = nn.TransformerEncoderLayer(d, 4, 4 * d, batch_first=True, norm_first=True)
        self.enc = nn.TransformerEncoder(layer, 4)
        self.head = nn.Linear(d, VOCAB)

    def forward(self, x):
        h = self.tok(x) + self.pos(torch.arange(x.size(1), device=x.device))
        h = self.enc(h)  # PLANTED
        return self.head(h)


model = CharTransformer()
opt = torch.optim.Adam(model.parameters(), lr=3e-4)
warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=100)
for step in range(5000):
    x, y = get_batch("train")  # y is x shifted by one
    loss = nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    warm.step()
    if step % 100 == 0:
        print(step, loss.item())
