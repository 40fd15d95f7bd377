import argparse

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_digits
from torch import nn


class AutoEncoder(nn.Module):
    def __init__(self, code=12):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 128), nn.ELU(), nn.Linear(128, code))
        self.decoder = nn.Sequential(nn.Linear(code, 128), nn.ELU(), nn.Linear(128, 64))

    def forward(self, x):
        return self.decoder(self.encoder(x))


def get_data():
    images = load_digits().data / 16.0
    images = torch.tensor(images, dtype=torch.float32)
    images = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(5))]
    return images[:1500], images[1500:]


def explained(model, images, mean):
    with torch.no_grad():
        error = ((model(images) - images) ** 2).sum()
        spread = ((images - mean) ** 2).sum()
    return (1 - error / spread).item()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--adam-eps", type=float, default=1e-2)
    p.add_argument("--batch", type=int, default=100)
    p.add_argument("--epochs", type=int, default=30)
    a = p.parse_args()

    torch.manual_seed(a.seed)
    torch.set_num_threads(1)
    train_images, test_images = get_data()
    mean = train_images.mean(0)

    model = AutoEncoder()
    mse = nn.MSELoss()
    opt = torch.optim.Adam(model.parameters(), lr=a.lr, eps=a.adam_eps)
    config = {"lr": a.lr, "batch_size": a.batch, "epochs": a.epochs}
    monitor = Monitor(a.out, model, opt, config, activations=True, judge=False)

    for epoch in range(a.epochs):
        permutation = torch.randperm(len(train_images))
        for i in range(0, len(train_images), a.batch):
            batch = train_images[permutation[i : i + a.batch]]
            opt.zero_grad()
            loss = mse(model(batch), batch)
            loss.backward()
            opt.step()
            monitor.step(loss)
        with torch.no_grad():
            monitor.evaluate(loss=mse(model(test_images), test_images).item())
    monitor.close()
    print("score: %.4f" % explained(model, test_images, mean))


if __name__ == "__main__":
    main()
