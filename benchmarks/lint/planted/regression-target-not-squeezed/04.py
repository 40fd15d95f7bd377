"""Power load forecast with an LSTM over windows."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Windows(Dataset):
    def __init__(self, series, length=48):
        self.s = torch.from_numpy(series.astype(np.float32))
        self.n = length

    def __len__(self):
        return len(self.s) - self.n

    def __getitem__(self, i):
        return self.s[i : i + self.n].unsqueeze(-1), self.s[i + self.n]


class LSTM(nn.Module):
    def __init__(self, h=64):
        super().__init__()
        self.rnn = nn.LSTM(1, h, batch_first=True)
        self.head = nn.Linear(h, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.head(out[:, -1, :])


if __name__ == "__main__":
    torch.manual_seed(48)
    load = np.load("load.npy")
    dl = DataLoader(Windows((load - load.mean()) / load.std()), batch_size=128, shuffle=True)
    net = LSTM()
    huber = nn.SmoothL1Loss()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(30):
        for window, nxt in dl:
            loss = huber(net(window), nxt)  # PLANTED
            opt.zero_grad()
            loss.backward()
            opt.step()
        print("epoch", epoch, "loss", loss.item())
