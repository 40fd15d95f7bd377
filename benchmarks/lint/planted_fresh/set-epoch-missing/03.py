"""Two samplers, one for training and one for validation, over all ranks of a torchrun job."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from seismic import PhasePicker, Waveforms


class Loop:
    def __init__(self, train: Dataset, val: Dataset, lr: float = 1e-3) -> None:
        self.device = torch.device("cuda", dist.get_node_local_rank())
        torch.cuda.set_device(self.device)
        self.train_sampler = DistributedSampler(train)
        self.val_sampler = DistributedSampler(val, shuffle=False)
        self.train_loader = DataLoader(train, 128, sampler=self.train_sampler, num_workers=4)
        self.val_loader = DataLoader(val, 256, sampler=self.val_sampler, num_workers=4)
        self.net = nn.parallel.DistributedDataParallel(PhasePicker().to(self.device))
        self.opt = torch.optim.Adam(self.net.parameters(), lr=lr)

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        wave, phase = (t.to(self.device) for t in batch)
        return nn.functional.cross_entropy(self.net(wave), phase)

    def fit(self, epochs: int) -> None:
        for epoch in range(epochs):  # PLANTED
            self.val_sampler.set_epoch(epoch)
            self.net.train()
            for batch in self.train_loader:
                self.opt.zero_grad()
                loss = self.loss(batch)
                loss.backward()
                self.opt.step()

            self.net.eval()
            with torch.no_grad():
                held = torch.stack([self.loss(b) for b in self.val_loader]).mean()
            dist.all_reduce(held, op=dist.ReduceOp.AVG)
            if dist.get_rank() == 0:
                print(f"epoch {epoch}: {loss.item():.4f} / {held.item():.4f}", flush=True)


if __name__ == "__main__":
    dist.init_process_group("nccl")
    torch.manual_seed(61)
    Loop(Waveforms("train"), Waveforms("val")).fit(epochs=40)
    dist.destroy_process_group()
