"""Fine-tune a pretrained sensor encoder on a new machine's fault classes."""

import argparse
import io

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor


class Encoder(nn.Module):
    def __init__(self, features=24, width=64):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(features, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(width, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Dropout(0.5),
        )
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        return self.head(self.body(x))


def machine_data(n, offset, classes, gen, directions):
    y = torch.randint(classes, (n,), generator=gen)
    x = directions[y] + 1.3 * torch.randn(n, directions.size(1), generator=gen)
    return x + offset, y


def pretrain(directions, gen):
    """Stands in for the published checkpoint."""
    net = Encoder()
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    x, y = machine_data(2000, 0.0, 4, gen, directions)
    for _ in range(150):
        idx = torch.randint(len(x), (64,))
        loss = nn.functional.cross_entropy(net(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    file = io.BytesIO()
    torch.save(net.state_dict(), file)
    return file.getvalue()


def load_encoder(checkpoint, classes):
    net = Encoder()
    net.load_state_dict(torch.load(io.BytesIO(checkpoint), weights_only=True))
    net.head = nn.Linear(net.head.in_features, classes)
    return net.eval()


def finetune(model, x, y, x_test, y_test, out, lr=1e-3, batch_size=32, steps=300):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    config = {"lr": lr, "batch_size": batch_size, "steps": steps}
    monitor = Monitor(out, model, optimizer, config, activations=True, judge=False)
    for step in range(steps):
        idx = torch.randint(len(x), (batch_size,))
        logits = model(x[idx])
        loss = criterion(logits, y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == y[idx]).float().mean().item())
    model.eval()
    with torch.no_grad():
        logits = model(x_test)
    accuracy = (logits.argmax(1) == y_test).float().mean().item()
    monitor.evaluate(loss=criterion(logits, y_test).item(), accuracy=accuracy)
    monitor.close()
    return accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    gen = torch.Generator().manual_seed(args.seed)
    checkpoint = pretrain(torch.randn(4, 24, generator=gen), gen)
    model = load_encoder(checkpoint, classes=6)
    directions = 0.8 * torch.randn(6, 24, generator=gen)
    x, y = machine_data(240, 15.0, 6, gen, directions)
    x_test, y_test = machine_data(1000, 15.0, 6, gen, directions)
    print(f"score: {finetune(model, x, y, x_test, y_test, args.out):.4f}")
