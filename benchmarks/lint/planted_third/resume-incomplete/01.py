"""Trains a super-resolution network that keeps an average of its weights and can go on later."""

import os

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, TensorDataset

STATE = "sr/state.pt"


class State:
    """All that a training needs to go on where it stopped."""

    def __init__(self, net, lr, epochs):
        self.net = net
        self.average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.999))
        self.optimizer = torch.optim.Adam(net.parameters(), lr=lr)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=epochs)
        self.epoch = 0

    def state_dict(self):
        return {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "epoch": self.epoch,
        }

    def load_state_dict(self, saved):
        self.epoch = saved["epoch"]
        self.net.load_state_dict(saved["net"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.schedule.load_state_dict(saved["schedule"])  # PLANTED


def network(width=64):
    return nn.Sequential(
        nn.Conv2d(3, width, 5, padding=2), nn.PReLU(),
        nn.Conv2d(width, width, 3, padding=1), nn.PReLU(),
        nn.Conv2d(width, 12, 3, padding=1), nn.PixelShuffle(2),
    )


def main(epochs=80):
    torch.manual_seed(18)
    os.makedirs("sr", exist_ok=True)
    sharp = torch.load("sr/crops.pt", weights_only=True)
    loader = DataLoader(TensorDataset(sharp), batch_size=32, shuffle=True, drop_last=True)

    state = State(network(), lr=2e-4, epochs=epochs)
    if os.path.exists(STATE):
        state.load_state_dict(torch.load(STATE, weights_only=True))

    while state.epoch < epochs:
        state.net.train()
        for (crop,) in loader:
            blurred = F.interpolate(crop, scale_factor=0.5, mode="bicubic", antialias=True)
            loss = F.l1_loss(state.net(blurred), crop)
            state.optimizer.zero_grad()
            loss.backward()
            state.optimizer.step()
            state.average.update_parameters(state.net)
        state.schedule.step()
        state.epoch += 1
        print(state.epoch, f"{loss.item():.5f}", flush=True)
        torch.save(state.state_dict(), STATE)


if __name__ == "__main__":
    main()
