"""Two answers from one assay: the compound's class and its log10 concentration (mol/l)."""

import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F

from neural_trainer.live.monitor import Monitor


def run_assay(n, templates, gen):
    kind = torch.randint(len(templates), (n,), generator=gen)
    log_conc = -6 + 4 * torch.rand(n, generator=gen)
    signal = templates[kind] * (log_conc + 7).unsqueeze(1) / 3
    return signal + 0.4 * torch.randn(signal.shape, generator=gen), kind, log_conc


class AssayNet(nn.Module):
    def __init__(self, channels, kinds):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(channels, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.kind_head = nn.Linear(64, kinds)
        self.conc_head = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1), nn.ReLU())

    def forward(self, x):
        h = self.trunk(x)
        return self.kind_head(h), self.conc_head(h).squeeze(1)


def losses(model, batch, weight):
    x, kind, conc = batch
    logits, pred = model(x)
    kind_loss = F.cross_entropy(logits, kind)
    conc_loss = F.mse_loss(pred, conc)
    return kind_loss + weight * conc_loss, kind_loss, conc_loss, logits, pred


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--conc-weight", type=float, default=0.1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    gen = torch.Generator().manual_seed(args.seed)
    templates = torch.rand(5, 20, generator=gen)
    train = run_assay(3000, templates, gen)
    test = run_assay(600, templates, gen)

    model = AssayNet(20, 5)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    config = {"lr": 1e-3, "batch_size": 64, "conc_weight": args.conc_weight}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _epoch in range(10):
        for idx in torch.randperm(3000).split(64):
            batch = [t[idx] for t in train]
            loss, kind_loss, conc_loss, logits, _ = losses(model, batch, args.conc_weight)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(
                loss,
                accuracy=(logits.argmax(1) == batch[1]).float().mean().item(),
                kind_loss=kind_loss.item(),
                conc_loss=conc_loss.item(),
            )
        with torch.no_grad():
            loss, _, conc_loss, logits, pred = losses(model, test, args.conc_weight)
        accuracy = (logits.argmax(1) == test[1]).float().mean().item()
        monitor.evaluate(loss=loss.item(), accuracy=accuracy, conc_loss=conc_loss.item())
    within = ((pred - test[2]).abs() < 0.5).float().mean().item()
    monitor.close()
    print(f"kind accuracy {accuracy:.3f}, concentration within half a decade {within:.3f}")
    print(f"score: {(accuracy + within) / 2:.4f}")


if __name__ == "__main__":
    main()
