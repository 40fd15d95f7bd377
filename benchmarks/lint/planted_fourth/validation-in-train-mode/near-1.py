"""Bird song classifier; model state is switched by a context manager from the in-house toolbox."""
import contextlib
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm


@contextlib.contextmanager
def frozen_in_time(*modules):
    """Inference behaviour for the given modules inside the block, previous behaviour after it."""
    before = [m.training for m in modules]
    for m in modules:
        m.train(False)
    try:
        with torch.inference_mode():
            yield
    finally:
        for m, flag in zip(modules, before):
            m.train(flag)


class SongClips(Dataset):
    def __init__(self, folder, augment, species=None):
        self.files = sorted(Path(folder).glob("*/*.npy"))
        self.species = species or sorted({f.parent.name for f in self.files})
        self.augment = augment

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        spec = torch.from_numpy(np.load(self.files[i])).float().unsqueeze(0)
        if self.augment:
            shift = int(torch.randint(0, spec.size(-1), ()))
            spec = spec.roll(shift, dims=-1)
        return spec, self.species.index(self.files[i].parent.name)


def conv(c_in, c_out, p):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout2d(p),
    )


class SongNet(nn.Module):
    def __init__(self, n_species, p=0.15):
        super().__init__()
        self.stem = nn.Sequential(conv(1, 32, p), conv(32, 64, p), conv(64, 128, p), conv(128, 256, p))
        self.fc = nn.Linear(256, n_species)

    def forward(self, spec):
        return self.fc(self.stem(spec).mean(dim=(2, 3)))


class Learner:
    def __init__(self, net, device):
        self.net = net.to(device)
        self.device = device
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-3)
        self.loss = nn.CrossEntropyLoss(label_smoothing=0.05)

    def one_epoch(self, loader):
        self.net.train()
        total = torch.zeros((), device=self.device)
        for spec, y in tqdm(loader, leave=False):
            self.opt.zero_grad()
            loss = self.loss(self.net(spec.to(self.device)), y.to(self.device))
            loss.backward()
            self.opt.step()
            total += loss.detach()
        return total.item() / len(loader)

    def validate(self, loader):
        right, n = torch.zeros((), device=self.device), 0
        with frozen_in_time(self.net):
            for spec, y in loader:
                right += (self.net(spec.to(self.device)).argmax(1) == y.to(self.device)).sum()
                n += len(y)
        return right.item() / n

    def fit(self, train_loader, val_loader, epochs, path):
        sched = torch.optim.lr_scheduler.CosineAnnealingLR(self.opt, epochs)
        best = 0.0
        for epoch in range(epochs):
            loss = self.one_epoch(train_loader)
            sched.step()
            acc = self.validate(val_loader)
            print(f"epoch {epoch:02d} loss {loss:.4f} val acc {acc:.4f}")
            if acc > best:
                best = acc
                torch.save(self.net.state_dict(), path)


if __name__ == "__main__":
    torch.manual_seed(404)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_set = SongClips("data/song/train", augment=True)
    val_set = SongClips("data/song/val", augment=False, species=train_set.species)
    train_loader = DataLoader(train_set, 64, shuffle=True, num_workers=4, drop_last=True)
    val_loader = DataLoader(val_set, 128, num_workers=4)
    Learner(SongNet(len(train_set.species)), device).fit(train_loader, val_loader, 40, "songnet.pt")
