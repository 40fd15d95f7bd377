"""Keyword spotting on Speech Commands: small CNN over log-mel spectrograms."""
import argparse
import functools
import os

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchaudio
from torch.utils.data import DataLoader
from torchaudio.datasets import SPEECHCOMMANDS

SAMPLE_RATE = 16000


def list_labels(root):
    base = os.path.join(root, "SpeechCommands", "speech_commands_v0.02")
    return sorted(d for d in os.listdir(base)
                  if os.path.isdir(os.path.join(base, d)) and not d.startswith("_"))


def collate(samples, index):
    waves, targets = [], []
    for wave, _, label, *_ in samples:
        wave = wave[0, :SAMPLE_RATE]
        waves.append(F.pad(wave, (0, SAMPLE_RATE - wave.numel())))
        targets.append(index[label])
    return torch.stack(waves), torch.tensor(targets)


class LogMel(nn.Module):
    def __init__(self, n_mels=64):
        super().__init__()
        self.mel = torchaudio.transforms.MelSpectrogram(SAMPLE_RATE, n_fft=512, hop_length=160, n_mels=n_mels)

    def forward(self, wave):
        spec = torch.log(self.mel(wave) + 1e-6).unsqueeze(1)
        mean = spec.mean(dim=(2, 3), keepdim=True)
        std = spec.std(dim=(2, 3), keepdim=True)
        return (spec - mean) / (std + 1e-5)


class KeywordNet(nn.Module):
    def __init__(self, n_classes, width=48):
        super().__init__()
        self.features = LogMel()
        layers, c = [], 1
        for mult in (1, 2, 4):
            layers += [nn.Conv2d(c, width * mult, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            c = width * mult
        self.trunk = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.classifier = nn.Sequential(nn.Dropout(0.3), nn.Linear(c, n_classes))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                nn.init.zeros_(m.bias)

    def forward(self, wave):
        return self.classifier(self.trunk(self.features(wave)))


def sgd(params, lr, weight_decay, momentum, nesterov=True):
    return torch.optim.SGD(params, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov)


def train_epoch(net, loader, opt, sched, device, log_every):
    net.train()
    for step, (wave, target) in enumerate(loader, 1):
        wave, target = wave.to(device), target.to(device)
        opt.zero_grad()
        loss = F.cross_entropy(net(wave), target)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        opt.step()
        sched.step()
        if step % log_every == 0:
            print(f"  step {step}/{len(loader)} loss {loss.item():.4f}")


@torch.no_grad()
def evaluate(net, loader, device):
    net.eval()
    hits, total = torch.zeros((), device=device), 0
    for wave, target in loader:
        wave, target = wave.to(device), target.to(device)
        hits += (net(wave).argmax(-1) == target).sum()
        total += target.numel()
    return hits.item() / total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default="data")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--decay", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    sets = {s: SPEECHCOMMANDS(args.root, download=True, subset=s) for s in ("training", "validation", "testing")}
    labels = list_labels(args.root)
    batcher = functools.partial(collate, index={l: i for i, l in enumerate(labels)})
    make = functools.partial(DataLoader, batch_size=args.batch_size, collate_fn=batcher, num_workers=4)
    train_loader = make(sets["training"], shuffle=True, drop_last=True)
    val_loader, test_loader = make(sets["validation"]), make(sets["testing"])

    net = KeywordNet(len(labels)).to(device)
    opt = sgd(net.parameters(), args.lr, args.momentum, args.decay)  # PLANTED
    sched = torch.optim.lr_scheduler.OneCycleLR(
        opt, max_lr=args.lr, total_steps=args.epochs * len(train_loader), cycle_momentum=False)

    for epoch in range(args.epochs):
        train_epoch(net, train_loader, opt, sched, device, log_every=100)
        print(f"epoch {epoch}: val acc {evaluate(net, val_loader, device):.4f}")
    print(f"test acc {evaluate(net, test_loader, device):.4f}")


if __name__ == "__main__":
    main()
