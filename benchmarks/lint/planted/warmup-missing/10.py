"""transformer for adding numbers, final project"""
import torch
import torch.nn as nn
from addition import batch, V, T

torch.manual_seed(0)
class AddNet(nn.Module):
    def __init__(self, d=128):
        super().__init__()
        self.e = nn.Embedding(V, d)
        self.p = nn.Embedding(T, d)
        self.t = nn.TransformerEncoder(nn.TransformerEncoderLayer(d, 4, 512, batch_first=True), 4)
        self.o = nn.Linear(d, V)
    def forward(self, x):
        m = nn.Transformer.generate_square_subsequent_mask(x.size(1))
        return self.o(self.t(self.e(x) + self.p.weight[:x.size(1)], mask=m, is_causal=True))

net = AddNet()
opt = torch.optim.Adam(net.parameters(), lr=0.003)  # PLANTED
for i in range(20000):
    x, y = batch(128)
    l = nn.functional.cross_entropy(net(x).reshape(-1, V), y.reshape(-1))
    opt.zero_grad()
    l.backward()
    opt.step()
    if i % 200 == 0:
        print(i, l.item())
