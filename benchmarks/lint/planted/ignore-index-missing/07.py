"""Forecast of irregular series."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


def collate(rows):
    lengths = torch.tensor([len(x) for x, _ in rows])
    xs = pad_sequence([x for x, _ in rows], batch_first=True)
    ys = pad_sequence([y for _, y in rows], batch_first=True)
    return xs, ys, lengths


class Net(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.rnn, self.out = nn.GRU(d, 64, batch_first=True), nn.Linear(64, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        h, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True, total_length=x.size(1))
        return self.out(h).squeeze(-1)


def train(ds, d, epochs=20):
    torch.manual_seed(6)
    net = Net(d)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    loader = torch.utils.data.DataLoader(ds, batch_size=32, shuffle=True, collate_fn=collate)
    for epoch in range(epochs):
        for x, y, n in loader:
            loss = nn.functional.mse_loss(net(x, n), y)  # PLANTED
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
