"""Learn five bird calls from clips that nine volunteers have annotated."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

CALLS, VOLUNTEERS = 5, 9


def clips(n):
    centres = torch.randn(CALLS, 20)
    species = torch.randint(0, CALLS, (n,))
    return 0.6 * centres[species] + torch.randn(n, 20), species


def annotate(species, skill=0.35):
    """Each volunteer hears the right call with probability `skill`, else guesses."""
    n = len(species)
    guesses = torch.randint(0, CALLS, (n, VOLUNTEERS))
    heard = torch.rand(n, VOLUNTEERS) < skill
    return torch.where(heard, species[:, None], guesses)


def labels_from(votes):
    return votes[:, 0]


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x)
    model.train()
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, species = clips(3000)
    y = labels_from(annotate(species))
    x_train, y_train = x[:1600], y[:1600]
    x_val, y_val = x[1600:2000], y[1600:2000]
    x_test, y_test = x[2000:], species[2000:]

    model = nn.Sequential(
        nn.Linear(20, 64),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(64, 64),
        nn.ReLU(),
        nn.Linear(64, CALLS),
    )
    config = {"lr": 1e-3, "batch_size": 32, "epochs": 10, "classes": CALLS, "weight_decay": 1e-2}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
    loader = DataLoader(TensorDataset(x_train, y_train), batch_size=32, shuffle=True)
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for epoch in range(config["epochs"]):
        for xb, yb in loader:
            logits = model(xb)
            loss = F.cross_entropy(logits, yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == yb).float().mean().item())
        val_loss, val_acc = evaluate(model, x_val, y_val)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(f"epoch {epoch + 1}: val loss {val_loss:.3f}, val acc {val_acc:.3f}")

    monitor.close()
    print(f"score: {evaluate(model, x_test, y_test)[1]:.4f}")


if __name__ == "__main__":
    main()
