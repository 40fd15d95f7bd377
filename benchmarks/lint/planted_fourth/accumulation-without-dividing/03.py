import argparse
import functools

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchaudio.datasets import SPEECHCOMMANDS
from torchaudio.transforms import AmplitudeToDB, MelSpectrogram

WORDS = ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"]


def collate(items):
    waves, targets = [], []
    for wave, _sr, word, *_ in items:
        wave = wave[0, :16000]
        waves.append(F.pad(wave, (0, 16000 - wave.numel())))
        targets.append(WORDS.index(word))
    return torch.stack(waves), torch.tensor(targets)


def keep_words(ds):
    ds._walker = [p for p in ds._walker if p.replace("\\", "/").split("/")[-2] in WORDS]
    return ds


def conv(i, o, stride):
    return nn.Sequential(nn.Conv2d(i, o, 3, stride, 1), nn.GroupNorm(8, o), nn.GELU())


def build():
    return nn.Sequential(
        conv(1, 32, 2), conv(32, 64, 2), conv(64, 128, 2), conv(128, 256, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(256, len(WORDS)),
    )


def make_update(net, frontend, opt, n_pieces):
    """Returns update(wave, target): one optimizer update that runs the batch in n_pieces."""

    def update(wave, target):
        opt.zero_grad()
        total = torch.zeros((), device=wave.device)
        for w, t in zip(wave.chunk(n_pieces), target.chunk(n_pieces)):
            piece = F.cross_entropy(net(frontend(w).unsqueeze(1)), t, label_smoothing=0.1)
            piece.backward()  # PLANTED
            total += piece.detach()
        opt.step()
        return total / n_pieces

    return update


@torch.no_grad()
def accuracy(net, frontend, loader, dev):
    net.eval()
    hit, n = torch.zeros((), device=dev), 0
    for wave, target in loader:
        out = net(frontend(wave.to(dev)).unsqueeze(1)).argmax(-1)
        hit += (out == target.to(dev)).sum()
        n += len(target)
    return (hit / n).item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--root", default="./data")
    ap.add_argument("--batch", type=int, default=1024)
    ap.add_argument("--pieces", type=int, default=16)
    ap.add_argument("--lr", type=float, default=0.05)
    ap.add_argument("--epochs", type=int, default=25)
    ap.add_argument("--seed", type=int, default=0)
    args = ap.parse_args()

    torch.manual_seed(args.seed)
    dev = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    load = functools.partial(SPEECHCOMMANDS, args.root, download=True)
    train = DataLoader(keep_words(load(subset="training")), args.batch, shuffle=True,
                       collate_fn=collate, drop_last=True, num_workers=8)
    valid = DataLoader(keep_words(load(subset="validation")), 256, collate_fn=collate, num_workers=4)

    frontend = nn.Sequential(MelSpectrogram(16000, n_fft=400, n_mels=64), AmplitudeToDB(top_db=80)).to(dev)
    net = build().to(dev)
    opt = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, args.lr, args.epochs * len(train))
    update = make_update(net, frontend, opt, args.pieces)

    for epoch in range(args.epochs):
        net.train()
        for step, (wave, target) in enumerate(train):
            loss = update(wave.to(dev), target.to(dev))
            sched.step()
            if step % 10 == 0:
                print(f"{epoch}:{step} loss={loss.item():.3f}")
        print(f"epoch {epoch} acc={accuracy(net, frontend, valid, dev):.4f}")
    torch.save(net.state_dict(), "kws.pt")


if __name__ == "__main__":
    main()
