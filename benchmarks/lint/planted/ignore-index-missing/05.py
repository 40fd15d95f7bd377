"""Music generation from events."""
import numpy as np
import torch
from torch import nn

from midi import read_events, N_EVENTS

PAD_TOKEN = N_EVENTS
RNG = np.random.default_rng(4)
torch.manual_seed(4)


def batch(pieces, size=32, length=256):
    rows = np.full((size, length + 1), PAD_TOKEN)
    for i, k in enumerate(RNG.choice(len(pieces), size)):
        p = pieces[k][: length + 1]
        rows[i, : len(p)] = p
    t = torch.from_numpy(rows)
    return t[:, :-1], t[:, 1:]


class Net(nn.Module):
    def __init__(self, n, d=256):
        super().__init__()
        self.e, self.r, self.o = nn.Embedding(n, d), nn.GRU(d, d, 2, batch_first=True), nn.Linear(d, n)

    def forward(self, x):
        return self.o(self.r(self.e(x))[0])


pieces = read_events("train")
net = Net(N_EVENTS + 1)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
nll = nn.NLLLoss()  # PLANTED
for step in range(20_000):
    x, y = batch(pieces)
    logp = net(x).log_softmax(-1)
    loss = nll(logp.transpose(1, 2), y)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    if step % 100 == 0:
        print(step, loss.item())
