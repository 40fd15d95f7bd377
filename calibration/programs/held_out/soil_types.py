import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

CONFIG = {
    "lr": 0.015,
    "momentum": 0.9,
    "batch_size": 64,
    "epochs": 8,
    "hidden": 64,
    "scheduler": "step",
}


def soil_samples(n):
    """Twelve measurements per sample; the type depends on pairs of them."""
    x = torch.randn(n, 12)
    scores = torch.stack(
        [x[:, 0] * x[:, 1] + x[:, 2], x[:, 3] - x[:, 4] * x[:, 5], x[:, 6] + x[:, 7].abs() - 0.8],
        dim=1,
    )
    return x, scores.argmax(dim=1)


def build_model():
    return nn.Sequential(
        nn.Linear(12, CONFIG["hidden"]),
        nn.ReLU(),
        nn.Linear(CONFIG["hidden"], CONFIG["hidden"]),
        nn.ReLU(),
        nn.Linear(CONFIG["hidden"], 3),
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = soil_samples(4000)
    train = DataLoader(
        TensorDataset(x[:3200], y[:3200]), batch_size=CONFIG["batch_size"], shuffle=True
    )
    x_test, y_test = x[3200:], y[3200:]
    net = build_model()
    criterion = nn.CrossEntropyLoss(reduction="sum")
    optimizer = torch.optim.SGD(net.parameters(), lr=CONFIG["lr"], momentum=CONFIG["momentum"])
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.3)
    monitor = Monitor(args.out, net, optimizer, CONFIG, activations=True, judge=False)

    for _ in range(CONFIG["epochs"]):
        net.train()
        for features, soil in train:
            optimizer.zero_grad()
            out = net(features)
            loss = criterion(out, soil)
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(out.argmax(1) == soil).float().mean().item())
        scheduler.step()
        net.eval()
        with torch.no_grad():
            out = net(x_test)
            acc = (out.argmax(1) == y_test).float().mean().item()
            monitor.evaluate(loss=criterion(out, y_test).item(), accuracy=acc)
    monitor.close()
    print(f"score: {acc:.4f}")


if __name__ == "__main__":
    main()
