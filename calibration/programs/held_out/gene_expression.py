"""Cell types from expression profiles; micro-batches are accumulated to save memory."""

import argparse
from dataclasses import dataclass

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Options:
    genes: int = 80
    types: int = 12
    micro_batch: int = 8
    accumulate: int = 8
    updates: int = 250
    lr: float = 0.15
    momentum: float = 0.9


def profiles(options, n, generator):
    programs = torch.randn(options.types, options.genes, generator=torch.Generator().manual_seed(6))
    kind = torch.randint(0, options.types, (n,), generator=generator)
    level = programs[kind] + 2.2 * torch.randn(n, options.genes, generator=generator)
    return level / 2.4, kind


def micro_batches(loader):
    while True:
        yield from loader


def build(options):
    return nn.Sequential(
        nn.Linear(options.genes, 128),
        nn.Tanh(),
        nn.Linear(128, 64),
        nn.Tanh(),
        nn.Linear(64, options.types),
    )


def validate(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x)
    model.train()
    loss = nn.functional.cross_entropy(logits, y).item()
    return loss, (logits.argmax(1) == y).float().mean().item()


def train(model, options, loader, val, out):
    optimizer = torch.optim.SGD(model.parameters(), lr=options.lr, momentum=options.momentum)
    config = {
        "lr": options.lr,
        "batch_size": options.micro_batch,
        "accumulate": options.accumulate,
    }
    monitor = Monitor(out, model, optimizer, config, activations=True, judge=False)
    stream = micro_batches(loader)
    for update in range(options.updates):
        optimizer.zero_grad()
        total, hits = 0.0, 0
        for _ in range(options.accumulate):
            x, y = next(stream)
            logits = model(x)
            loss = nn.functional.cross_entropy(logits, y)
            loss.backward()
            total += loss.item() / options.accumulate
            hits += (logits.argmax(1) == y).sum().item()
        optimizer.step()
        monitor.step(total, accuracy=hits / (options.accumulate * options.micro_batch))
        if update % 25 == 24:
            val_loss, val_accuracy = validate(model, *val)
            monitor.evaluate(loss=val_loss, accuracy=val_accuracy)
    monitor.close()
    return val_accuracy


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--out", required=True)
    cli.add_argument("--seed", type=int, default=0)
    args = cli.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    opts = Options()
    gen = torch.Generator().manual_seed(31)
    data = TensorDataset(*profiles(opts, 4000, gen))
    batches = DataLoader(data, batch_size=opts.micro_batch, shuffle=True)
    result = train(build(opts), opts, batches, profiles(opts, 800, gen), args.out)
    print(f"score: {result:.4f}")
