"""name generator for names of up to 15 letters"""
import torch
import torch.nn as nn

torch.manual_seed(0)
names = [n.strip().lower() for n in open("names.txt")]
chars = ["<pad>", "."] + sorted(set("".join(names)))
stoi = {c: i for i, c in enumerate(chars)}
L = 16

def enc(n):
    ids = [stoi["."]] + [stoi[c] for c in n] + [stoi["."]]
    return (ids + [stoi["<pad>"]] * L)[: L + 1]

data = torch.tensor([enc(n) for n in names])

class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(len(chars), 32)
        self.r = nn.GRU(32, 128, batch_first=True)
        self.o = nn.Linear(128, len(chars))
    def forward(self, x):
        return self.o(self.r(self.e(x))[0])

net = RNN()
opt = torch.optim.Adam(net.parameters(), lr=0.003)
lossf = nn.CrossEntropyLoss()  # PLANTED
for i in range(3000):
    b = data[torch.randint(len(data), (64,))]
    out = net(b[:, :-1])
    l = lossf(out.reshape(-1, len(chars)), b[:, 1:].reshape(-1))
    opt.zero_grad()
    l.backward()
    opt.step()
    if i % 100 == 0:
        print(i, l.item())
