import os
from types import SimpleNamespace

import torch
import torch.distributed as dist
import torch.nn as nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset


def announce(loaders, number):
    for loader in loaders:
        hook = getattr(getattr(loader, "sampler", None), "set_epoch", None)
        if callable(hook):
            hook(number)


class Forecaster(nn.Module):
    """Temporal convolutions over sensor windows."""

    def __init__(self, n_sensors, width, horizon):
        super().__init__()
        layers, chans = [], n_sensors
        for dilation in (1, 2, 4, 8):
            layers += [nn.Conv1d(chans, width, 3, padding=dilation, dilation=dilation), nn.ReLU(), nn.Dropout(0.1)]
            chans = width
        self.body = nn.Sequential(*layers)
        self.out = nn.Linear(width, horizon)

    def forward(self, x):
        return self.out(self.body(x).mean(-1))


def read(path):
    blob = torch.load(path, weights_only=True)
    return TensorDataset(blob["windows"], blob["future"])


def sharded(dataset, batch, train):
    sampler = DistributedSampler(dataset, shuffle=train, drop_last=train)
    return DataLoader(dataset, batch, sampler=sampler, num_workers=2, pin_memory=True)


class Job:
    def __init__(self, opt):
        self.opt = opt
        self.rank = dist.get_rank()
        self.device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        train, val = read(opt.train), read(opt.val)
        self.train_loader, self.val_loader = sharded(train, opt.batch, True), sharded(val, opt.batch, False)
        n_sensors, horizon = train.tensors[0].size(1), train.tensors[1].size(1)
        net = Forecaster(n_sensors, opt.width, horizon).to(self.device)
        self.net = DistributedDataParallel(net, device_ids=[self.device.index])
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=opt.lr)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, opt.epochs)
        self.loss_fn = nn.L1Loss()

    def one_pass(self):
        self.net.train()
        total = torch.zeros((), device=self.device)
        for x, y in self.train_loader:
            x, y = x.to(self.device, non_blocking=True), y.to(self.device, non_blocking=True)
            loss = self.loss_fn(self.net(x), y)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        return self.mean_over_ranks(total, len(self.train_loader))

    @torch.no_grad()
    def check(self):
        self.net.eval()
        total, n = torch.zeros((), device=self.device), 0
        for x, y in self.val_loader:
            x, y = x.to(self.device), y.to(self.device)
            total += self.loss_fn(self.net(x), y) * len(x)
            n += len(x)
        return self.mean_over_ranks(total, n)

    @staticmethod
    def mean_over_ranks(total, count):
        pair = torch.stack([total, torch.tensor(float(count), device=total.device)])
        dist.all_reduce(pair)
        return (pair[0] / pair[1]).item()

    def run(self):
        for number in range(self.opt.epochs):
            announce((self.train_loader,), number)
            loss = self.one_pass()
            self.scheduler.step()
            val = self.check()
            if self.rank == 0:
                print(f"{number:03d} train {loss:.4f} val {val:.4f}")
        if self.rank == 0:
            torch.save(self.net.module.state_dict(), self.opt.out)


def main():
    opt = SimpleNamespace(
        train="data/traffic/train.pt", val="data/traffic/val.pt", out="tcn.pt",
        batch=64, width=96, lr=1e-3, epochs=60, seed=12,
    )
    dist.init_process_group("nccl")
    torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    torch.manual_seed(opt.seed)
    Job(opt).run()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
