"""Forecast hourly load with dilated causal convolutions, gated as in WaveNet."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset


class Windows(Dataset):
    def __init__(self, series: Tensor, length: int = 336) -> None:
        self.series, self.length = series, length

    def __len__(self) -> int:
        return len(self.series) - self.length - 1

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        w = self.series[i : i + self.length + 1]
        return w[None, :-1], w[None, 1:]


class Gated(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.pad = dilation
        self.conv = nn.Conv1d(channels, 2 * channels, 2, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.conv(F.pad(x, (self.pad, 0))).chunk(2, dim=1)
        return x + torch.tanh(a) * torch.sigmoid(b)


class Forecaster(nn.Module):
    def __init__(self, channels: int = 32, levels: int = 8) -> None:
        super().__init__()
        self.enter = nn.Conv1d(1, channels, 1)
        self.leave = nn.Conv1d(channels, 1, 1)
        self._stack = []
        dilation = 1
        while len(self._stack) < levels:
            self._stack.append(Gated(channels, dilation))  # PLANTED
            dilation *= 2

    def forward(self, x: Tensor) -> Tensor:
        x = self.enter(x)
        for block in self._stack:
            x = block(x)
        return self.leave(x)


torch.manual_seed(2)
load = torch.load("load_train.pt", weights_only=True).float()
model = Forecaster()
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(10):
    seen = torch.zeros(())
    loader = DataLoader(Windows(load), batch_size=64, shuffle=True)
    for x, y in loader:
        opt.zero_grad()
        loss = F.l1_loss(model(x), y)
        loss.backward()
        opt.step()
        seen += loss.detach()
    print(f"{epoch}: mae {seen.item() / len(loader):.4f}")
