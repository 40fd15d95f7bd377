"""Compress digit images to twelve numbers and back."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_digits
from torch import nn, optim


class AutoEncoder(nn.Module):
    def __init__(self, code=12):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(64, 64), nn.ELU(), nn.Linear(64, 32), nn.ELU(), nn.Linear(32, code)
        )
        self.decoder = nn.Sequential(
            nn.Linear(code, 32), nn.ELU(), nn.Linear(32, 64), nn.ELU(), nn.Linear(64, 64)
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


class ImageCodec:
    def __init__(self, lr=2e-3, eps=0.1, batch_size=48, epochs=18):
        self.net = AutoEncoder()
        self.batch_size = batch_size
        self.epochs = epochs
        self.loss_fn = nn.MSELoss()
        self.opt = optim.Adam(self.net.parameters(), lr=lr, eps=eps)
        self.config = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "optimizer": "adam"}

    def fit(self, data, held_out, out):
        monitor = Monitor(out, self.net, self.opt, self.config, activations=True, judge=False)
        for _ in range(self.epochs):
            self.net.train()
            for rows in torch.randperm(len(data)).split(self.batch_size):
                batch = data[rows]
                self.opt.zero_grad()
                loss = self.loss_fn(self.net(batch), batch)
                loss.backward()
                self.opt.step()
                monitor.step(loss)
            monitor.evaluate(loss=self.reconstruction_error(held_out))
        monitor.close()
        return self

    @torch.no_grad()
    def reconstruction_error(self, data):
        self.net.eval()
        return self.loss_fn(self.net(data), data).item()

    def explained(self, data):
        spread = ((data - data.mean(0)) ** 2).mean().item()
        return 1 - self.reconstruction_error(data) / spread


parser = argparse.ArgumentParser()
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--seed", type=int, default=0)
options = parser.parse_args()
torch.manual_seed(options.seed)
torch.set_num_threads(1)

pixels = torch.tensor(load_digits().data / 16.0, dtype=torch.float32)
pixels = pixels[torch.randperm(len(pixels))]
train, test = pixels[:1400], pixels[1400:]
codec = ImageCodec().fit(train, test, options.out)
print(f"score: {codec.explained(test):.4f}")
