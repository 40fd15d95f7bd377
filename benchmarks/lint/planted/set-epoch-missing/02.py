"""Trainer class for several processes."""
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler


class Trainer:
    def __init__(self, model, train_data, gpu_id, lr=1e-3):
        torch.manual_seed(100 + gpu_id)
        self.gpu_id = gpu_id
        self.model = DistributedDataParallel(model.to(gpu_id), device_ids=[gpu_id])
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr)
        self.train_data = DataLoader(
            train_data, batch_size=32, pin_memory=True, shuffle=False, sampler=DistributedSampler(train_data)
        )

    def _run_batch(self, source, targets):
        self.optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(self.model(source), targets)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def _run_epoch(self, epoch):
        loss = torch.zeros((), device=self.gpu_id)
        for source, targets in self.train_data:
            loss += self._run_batch(source.to(self.gpu_id), targets.to(self.gpu_id))
        if dist.get_rank() == 0:
            print(f"[GPU{self.gpu_id}] epoch {epoch} loss {loss.item() / len(self.train_data):.4f}")

    def train(self, max_epochs):
        self.model.train()
        for epoch in range(max_epochs):  # PLANTED
            self._run_epoch(epoch)
