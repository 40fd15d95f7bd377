import contextlib
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class EEGConfig:
    path: str = "bci_iv_2a.npz"
    n_classes: int = 4
    filters: int = 16
    kernel: int = 65
    drop: float = 0.5
    epochs: int = 200
    batch: int = 64
    lr: float = 1e-3
    seed: int = 99
    device: str = field(default_factory=lambda: "cuda" if torch.cuda.is_available() else "cpu")


class EEGNet(nn.Module):
    def __init__(self, c: EEGConfig, n_electrodes: int):
        super().__init__()
        f = c.filters
        self.temporal = nn.Sequential(
            nn.Conv2d(1, f, (1, c.kernel), padding=(0, c.kernel // 2), bias=False), nn.BatchNorm2d(f))
        self.spatial = nn.Sequential(
            nn.Conv2d(f, 2 * f, (n_electrodes, 1), groups=f, bias=False), nn.BatchNorm2d(2 * f), nn.ELU(),
            nn.AvgPool2d((1, 4)), nn.Dropout(c.drop))
        self.separable = nn.Sequential(
            nn.Conv2d(2 * f, 2 * f, (1, 17), padding=(0, 8), groups=2 * f, bias=False),
            nn.Conv2d(2 * f, 2 * f, 1, bias=False), nn.BatchNorm2d(2 * f), nn.ELU(),
            nn.AvgPool2d((1, 8)), nn.Dropout(c.drop))
        self.classify = nn.LazyLinear(c.n_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classify(self.separable(self.spatial(self.temporal(x))).flatten(1))


@contextlib.contextmanager
def inference(module: nn.Module):
    mode = module.training
    module.eval()
    try:
        with torch.no_grad():
            yield module
    finally:
        module.train(mode)


class Experiment:
    def __init__(self, c: EEGConfig):
        self.c = c
        torch.manual_seed(c.seed)
        self.train_set, self.test_set = self._load()
        sample = self.train_set.tensors[0][:1]
        self.net = EEGNet(c, n_electrodes=sample.shape[2])
        self._materialize(sample)
        self.net.to(c.device)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=c.lr)
        self.loss = nn.CrossEntropyLoss()

    def _load(self):
        raw = np.load(self.c.path)
        mu, sd = raw["x_train"].mean(), raw["x_train"].std()

        def pack(x, y):
            return TensorDataset(torch.tensor((x - mu) / sd, dtype=torch.float32).unsqueeze(1),
                                 torch.tensor(y, dtype=torch.long))

        return pack(raw["x_train"], raw["y_train"]), pack(raw["x_test"], raw["y_test"])

    def _materialize(self, sample: Tensor) -> None:
        """Dry run so that the lazy layer gets its shape and the size can be printed."""
        self.net.eval()  # PLANTED
        with torch.no_grad():
            out = self.net(sample)
        n = sum(p.numel() for p in self.net.parameters())
        print(f"output {tuple(out.shape)}, {n / 1e3:.1f}k parameters")

    def fit(self):
        loader = DataLoader(self.train_set, self.c.batch, shuffle=True, drop_last=True)
        for epoch in range(self.c.epochs):
            acc_loss = torch.zeros((), device=self.c.device)
            for x, y in loader:
                x, y = x.to(self.c.device), y.to(self.c.device)
                loss = self.loss(self.net(x), y)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                acc_loss += loss.detach()
            if (epoch + 1) % 10 == 0:
                print(f"{epoch + 1:4d} loss {acc_loss.item() / len(loader):.4f} acc {self.test():.3f}")
        return self

    def test(self) -> float:
        hits = torch.zeros((), device=self.c.device)
        with inference(self.net) as net:
            for x, y in DataLoader(self.test_set, 256):
                hits += (net(x.to(self.c.device)).argmax(1) == y.to(self.c.device)).sum()
        return hits.item() / len(self.test_set)


if __name__ == "__main__":
    exp = Experiment(EEGConfig()).fit()
    print("final accuracy", exp.test())
    torch.save(exp.net.state_dict(), "eegnet.pt")
