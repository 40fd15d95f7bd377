"""Fault-tolerant multi-GPU training of a two-tower recommender (run with torchrun)."""
import os
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from torch.distributed import barrier, destroy_process_group, init_process_group
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torch.utils.data.distributed import DistributedSampler


@dataclass
class TrainConfig:
    interactions: str = "data/clicks.pt"
    batch_size: int = 2048
    max_epochs: int = 30
    save_every: int = 1
    lr: float = 1e-3
    dim: int = 64
    temperature: float = 0.05
    seed: int = 1000
    snapshot: str = "snapshot.pt"


class TwoTower(nn.Module):
    def __init__(self, n_users: int, n_items: int, dim: int):
        super().__init__()
        tower = lambda n: nn.Sequential(nn.Embedding(n, dim), nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim))
        self.user, self.item = tower(n_users), tower(n_items)

    def forward(self, users, items):
        return F.normalize(self.user(users), dim=-1), F.normalize(self.item(items), dim=-1)


def prepare_dataloader(dataset: Dataset, batch_size: int) -> DataLoader:
    return DataLoader(
        dataset,
        batch_size=batch_size,
        pin_memory=True,
        shuffle=False,
        drop_last=True,
        sampler=DistributedSampler(dataset),
    )


class Trainer:
    def __init__(self, cfg: TrainConfig, model: nn.Module, train_data: DataLoader, held_out: torch.Tensor):
        self.cfg = cfg
        self.local_rank = int(os.environ["LOCAL_RANK"])
        self.global_rank = int(os.environ["RANK"])
        self.train_data = train_data
        self.held_out = held_out
        self.epochs_run = 0
        self.model = model.to(self.local_rank)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=cfg.lr)
        if os.path.exists(cfg.snapshot):
            self._load_snapshot(cfg.snapshot)
        self.model = DDP(self.model, device_ids=[self.local_rank])

    def _load_snapshot(self, path):
        snapshot = torch.load(path, map_location=f"cuda:{self.local_rank}", weights_only=True)
        self.model.load_state_dict(snapshot["MODEL_STATE"])
        self.optimizer.load_state_dict(snapshot["OPTIMIZER_STATE"])
        self.epochs_run = snapshot["EPOCHS_RUN"]
        print(f"Resuming training from snapshot at Epoch {self.epochs_run}")

    def _save_snapshot(self, epoch):
        torch.save({
            "MODEL_STATE": self.model.module.state_dict(),
            "OPTIMIZER_STATE": self.optimizer.state_dict(),
            "EPOCHS_RUN": epoch + 1,
        }, self.cfg.snapshot)
        print(f"Epoch {epoch} | Training snapshot saved at {self.cfg.snapshot}")

    def _run_batch(self, users, items):
        self.optimizer.zero_grad()
        u, v = self.model(users, items)
        logits = u @ v.T / self.cfg.temperature
        loss = F.cross_entropy(logits, torch.arange(len(u), device=u.device))
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def _run_epoch(self, epoch):
        self.model.train()
        total = torch.zeros((), device=self.local_rank)
        for users, items in self.train_data:
            total += self._run_batch(users.to(self.local_rank), items.to(self.local_rank))
        print(f"[GPU{self.global_rank}] Epoch {epoch} | Steps: {len(self.train_data)} | Loss: {total.item() / len(self.train_data):.4f}")

    @torch.no_grad()
    def _recall(self, k=50):
        net = self.model.module
        net.eval()
        users, items = self.held_out.to(self.local_rank).unbind(1)
        catalogue = F.normalize(net.item(torch.arange(net.item[0].num_embeddings, device=self.local_rank)), dim=-1)
        hits = torch.zeros((), device=self.local_rank)
        for u, i in zip(users.split(1024), items.split(1024)):
            top = (F.normalize(net.user(u), dim=-1) @ catalogue.T).topk(k, dim=-1).indices
            hits += (top == i[:, None]).any(-1).sum()
        return hits.item() / len(users)

    def train(self):
        for epoch in range(self.epochs_run, self.cfg.max_epochs):  # PLANTED
            self._run_epoch(epoch)
            if self.global_rank == 0:
                print(f"Epoch {epoch} | recall@50 {self._recall():.4f}")
                if epoch % self.cfg.save_every == 0:
                    self._save_snapshot(epoch)
            barrier()


def main(cfg: TrainConfig):
    init_process_group(backend="nccl")
    torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    torch.manual_seed(cfg.seed)
    data = torch.load(cfg.interactions, weights_only=True)
    train = TensorDataset(data["train"][:, 0], data["train"][:, 1])
    model = TwoTower(int(data["n_users"]), int(data["n_items"]), cfg.dim)
    Trainer(cfg, model, prepare_dataloader(train, cfg.batch_size), data["held_out"]).train()
    destroy_process_group()


if __name__ == "__main__":
    main(TrainConfig())
