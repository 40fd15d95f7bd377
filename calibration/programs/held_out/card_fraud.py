import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


def transactions(n, gen, fraud_rate=0.02):
    fraud = (torch.rand(n, generator=gen) < fraud_rate).long()
    x = torch.randn(n, 10, generator=gen)
    x[:, 0] += 0.9 * fraud
    x[:, 1] -= 0.8 * fraud
    x[:, 2] += 0.7 * fraud
    x[:, 3] *= 1 + 0.4 * fraud
    return x, fraud


class FraudNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x):
        return self.net(x)


def recalls(pred, y):
    return [(pred[y == c] == c).float().mean().item() for c in (0, 1)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    gen = torch.Generator().manual_seed(args.seed)

    x, y = transactions(16000, gen)
    x_val, y_val = transactions(6000, gen)
    loader = DataLoader(TensorDataset(x, y), batch_size=128, shuffle=True)
    model = FraudNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    monitor = Monitor(
        args.out,
        model,
        optimizer,
        {"lr": 1e-3, "batch_size": 128, "epochs": 5},
        activations=True,
        judge=False,
    )
    for epoch in range(5):
        model.train()
        for features, label in loader:
            out = model(features)
            loss = criterion(out, label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(out.argmax(1) == label).float().mean().item())
        scheduler.step()
        model.eval()
        with torch.no_grad():
            out = model(x_val)
            val_loss = criterion(out, y_val).item()
        pred = out.argmax(1)
        genuine, caught = recalls(pred, y_val)
        accuracy = (pred == y_val).float().mean().item()
        monitor.evaluate(loss=val_loss, accuracy=accuracy, recall=caught)
        print(f"epoch {epoch}: accuracy {accuracy:.4f}, frauds caught {caught:.3f}")
    monitor.close()
    print(f"score: {(genuine + caught) / 2:.4f}")


if __name__ == "__main__":
    main()
