"""DDP trainer with a distributed sampler."""
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler


class DDPTrainer:
    def __init__(self, model, dataset):
        dist.init_process_group("nccl")
        self.dev = int(os.environ["LOCAL_RANK"])
        torch.manual_seed(5)
        self.sampler = DistributedSampler(dataset)
        self.loader = DataLoader(dataset, batch_size=32, shuffle=True, sampler=self.sampler, num_workers=4)  # PLANTED
        self.model = DDP(model.to(self.dev), device_ids=[self.dev])
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)

    def fit(self, epochs):
        for epoch in range(epochs):
            self.sampler.set_epoch(epoch)
            self.model.train()
            for x, y in self.loader:
                loss = torch.nn.functional.cross_entropy(self.model(x.to(self.dev)), y.to(self.dev))
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            if self.dev == 0:
                print(epoch, loss.item())
