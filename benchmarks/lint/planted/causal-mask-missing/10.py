"""mini gpt for my thesis notes"""
import torch
import torch.nn as nn

torch.manual_seed(0)
text = open("notes.txt").read()
chars = sorted(set(text))
data = torch.tensor([chars.index(c) for c in text])
T, D = 64, 96

class MiniGPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(len(chars), D)
        self.p = nn.Embedding(T, D)
        self.att = nn.MultiheadAttention(D, 4, batch_first=True)
        self.ff = nn.Sequential(nn.Linear(D, 4 * D), nn.ReLU(), nn.Linear(4 * D, D))
        self.o = nn.Linear(D, len(chars))
    def forward(self, x):
        h = self.e(x) + self.p(torch.arange(x.shape[1]))
        a, _ = self.att(h, h, h)  # PLANTED
        h = h + a
        return self.o(h + self.ff(h))

m = MiniGPT()
opt = torch.optim.Adam(m.parameters(), lr=0.0003)
warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=100)
for it in range(5000):
    i = torch.randint(len(data) - T - 1, (32,))
    x = torch.stack([data[k:k + T] for k in i])
    y = torch.stack([data[k + 1:k + T + 1] for k in i])
    l = nn.functional.cross_entropy(m(x).view(-1, len(chars)), y.view(-1))
    opt.zero_grad()
    l.backward()
    opt.step()
    warm.step()
    if it % 100 == 0:
        print(it, l.item())
