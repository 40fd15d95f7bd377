"""Ten kinds of flowers from image embeddings, with strong dropout."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


def embeddings(n, kinds=10, dim=48):
    centres = torch.randn(kinds, dim)
    y = torch.randint(0, kinds, (n,))
    return 0.9 * centres[y] + 1.3 * torch.randn(n, dim), y


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = embeddings(4000)
    train_ds = TensorDataset(x[:3200], y[:3200])
    val_x, val_y = x[3200:], y[3200:]
    train_dl = DataLoader(train_ds, batch_size=64, shuffle=True)

    model = nn.Sequential(
        nn.Linear(48, 96),
        nn.LayerNorm(96),
        nn.ReLU(),
        nn.Dropout(0.6),
        nn.Linear(96, 48),
        nn.ReLU(),
        nn.Dropout(0.6),
        nn.Linear(48, 10),
    )
    config = {"lr": 2e-3, "batch_size": 64, "epochs": 9, "dropout": 0.6, "classes": 10}
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    criterion = nn.CrossEntropyLoss()
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    def validate():
        with torch.no_grad():
            logits = model(val_x)
            loss = criterion(logits, val_y).item()
            acc = (logits.argmax(dim=1) == val_y).float().mean().item()
        return loss, acc

    for epoch in range(config["epochs"]):
        model.train()
        for xb, yb in train_dl:
            logits = model(xb)
            loss = criterion(logits, yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            acc = (logits.argmax(dim=1) == yb).float().mean().item()
            monitor.step(loss, accuracy=acc)
        val_loss, val_acc = validate()
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(f"epoch {epoch + 1}: val_loss {val_loss:.3f} val_acc {val_acc:.3f}")

    monitor.close()
    print(f"score: {validate()[1]:.4f}")


if __name__ == "__main__":
    main()
