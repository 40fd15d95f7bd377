"""Predict the toxicity of molecules from fingerprints, judged inside a context manager."""

from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.data import DataLoader

from tox21 import Tox21Fingerprints


@contextmanager
def judging(net):
    net.eval()  # PLANTED
    try:
        with torch.inference_mode():
            yield net
    finally:
        torch.cuda.empty_cache()


def masked_bce(logits, labels, known):
    losses = nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return (losses * known).sum() / known.sum().clamp_min(1)


def main():
    torch.manual_seed(21)
    train = DataLoader(Tox21Fingerprints("train"), batch_size=128, shuffle=True)
    val = DataLoader(Tox21Fingerprints("val"), batch_size=512)
    net = nn.Sequential(
        nn.Linear(2048, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 12)
    ).cuda()
    opt = torch.optim.Adam(net.parameters(), lr=5e-4)
    for epoch in range(60):
        running = torch.zeros((), device="cuda")
        for prints, labels, known in train:
            loss = masked_bce(net(prints.cuda()), labels.cuda(), known.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
            running += loss.detach()
        with judging(net):
            held = sum(masked_bce(net(p.cuda()), y.cuda(), k.cuda()) for p, y, k in val)
        print(f"{epoch} {running.item() / len(train):.4f} {held.item() / len(val):.4f}")


main()
