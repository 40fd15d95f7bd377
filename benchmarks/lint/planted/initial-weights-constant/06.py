"""Forecast river levels with an LSTM, every tensor of it initialised by its name."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from rivers import GaugeWindows


class RiverNet(nn.Module):
    def __init__(self, gauges: int, hidden: int = 96):
        super().__init__()
        self.lstm = nn.LSTM(gauges, hidden, num_layers=2, batch_first=True)
        self.level = nn.Linear(hidden, 1)
        self._initialise()

    @torch.no_grad()
    def _initialise(self):
        for name, tensor in self.named_parameters():
            if "weight" in name:
                tensor.copy_(torch.full_like(tensor, 0.05))  # PLANTED
            elif "bias_ih" in name:
                tensor.zero_()
                tensor.chunk(4)[1].fill_(1.0)  # forget gate
            else:
                tensor.zero_()

    def forward(self, x):
        return self.level(self.lstm(x)[0][:, -1]).squeeze(-1)


def epoch_error(model, loader, optimizer=None):
    model.train(optimizer is not None)
    total = torch.zeros(())
    with torch.set_grad_enabled(optimizer is not None):
        for past, level in loader:
            loss = nn.functional.mse_loss(model(past), level)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            total += loss.detach()
    return total.item() / len(loader)


if __name__ == "__main__":
    torch.manual_seed(1953)
    train = DataLoader(GaugeWindows("1960-2005"), batch_size=256, shuffle=True)
    val = DataLoader(GaugeWindows("2006-2012"), batch_size=1024)
    net = RiverNet(gauges=14)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(40):
        print(epoch, f"{epoch_error(net, train, adam):.4f} {epoch_error(net, val):.4f}")
