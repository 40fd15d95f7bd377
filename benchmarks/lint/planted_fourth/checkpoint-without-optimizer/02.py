"""Multi-GPU training that survives restarts: torchrun --nproc_per_node=gpu 02.py"""
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.distributed import DistributedSampler
from torchvision import datasets, models, transforms


def ddp_setup():
    torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group(backend="nccl")


class Trainer:
    def __init__(
        self,
        model: torch.nn.Module,
        train_data: DataLoader,
        val_data: DataLoader,
        lr: float,
        save_every: int,
        snapshot_path: str,
    ) -> None:
        self.gpu_id = int(os.environ["LOCAL_RANK"])
        self.global_rank = int(os.environ["RANK"])
        self.model = model.to(self.gpu_id)
        self.train_data = train_data
        self.val_data = val_data
        self.save_every = save_every
        self.epochs_run = 0
        self.snapshot_path = snapshot_path
        if os.path.exists(snapshot_path):
            print("Loading snapshot")
            self._load_snapshot(snapshot_path)
        self.model = DDP(self.model, device_ids=[self.gpu_id])
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=0.9)

    def _load_snapshot(self, snapshot_path):
        snapshot = torch.load(snapshot_path, map_location=f"cuda:{self.gpu_id}", weights_only=True)
        self.model.load_state_dict(snapshot["MODEL_STATE"])
        self.epochs_run = snapshot["EPOCHS_RUN"]
        print(f"Resuming training from snapshot at Epoch {self.epochs_run}")

    def _save_snapshot(self, epoch):
        snapshot = {
            "MODEL_STATE": self.model.module.state_dict(),
            "EPOCHS_RUN": epoch + 1,
        }
        torch.save(snapshot, self.snapshot_path)  # PLANTED
        print(f"Epoch {epoch} | Training snapshot saved at {self.snapshot_path}")

    def _run_batch(self, source, targets):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(source), targets)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def _run_epoch(self, epoch):
        self.model.train()
        self.train_data.sampler.set_epoch(epoch)
        total = torch.zeros((), device=self.gpu_id)
        for source, targets in self.train_data:
            source = source.to(self.gpu_id, non_blocking=True)
            targets = targets.to(self.gpu_id, non_blocking=True)
            total += self._run_batch(source, targets)
        print(f"[GPU{self.global_rank}] Epoch {epoch} | Steps {len(self.train_data)} | "
              f"Loss {(total / len(self.train_data)).item():.4f}")

    @torch.no_grad()
    def _evaluate(self, epoch):
        self.model.eval()
        counts = torch.zeros(2, device=self.gpu_id)
        for source, targets in self.val_data:
            source, targets = source.to(self.gpu_id), targets.to(self.gpu_id)
            counts[0] += (self.model(source).argmax(1) == targets).sum()
            counts[1] += targets.numel()
        dist.all_reduce(counts)
        if self.global_rank == 0:
            print(f"Epoch {epoch} | Val acc {(counts[0] / counts[1]).item():.4f}")

    def train(self, max_epochs: int):
        for epoch in range(self.epochs_run, max_epochs):
            self._run_epoch(epoch)
            self._evaluate(epoch)
            if self.global_rank == 0 and epoch % self.save_every == 0:
                self._save_snapshot(epoch)
            dist.barrier()


def load_train_objs():
    norm = transforms.Normalize((0.507, 0.487, 0.441), (0.267, 0.256, 0.276))
    aug = transforms.Compose([transforms.RandomCrop(32, 4), transforms.RandomHorizontalFlip(),
                              transforms.ToTensor(), norm])
    plain = transforms.Compose([transforms.ToTensor(), norm])
    train_set = datasets.CIFAR100("./data", train=True, transform=aug)
    val_set = datasets.CIFAR100("./data", train=False, transform=plain)
    return train_set, val_set, models.resnet18(num_classes=100)


def prepare_dataloader(dataset: Dataset, batch_size: int, train: bool):
    sampler = DistributedSampler(dataset, shuffle=train, drop_last=train)
    return DataLoader(dataset, batch_size=batch_size, pin_memory=True, sampler=sampler, num_workers=4)


def main(save_every: int, total_epochs: int, batch_size: int, snapshot_path: str = "snapshot.pt"):
    ddp_setup()
    torch.manual_seed(0)
    train_set, val_set, model = load_train_objs()
    trainer = Trainer(model, prepare_dataloader(train_set, batch_size, True),
                      prepare_dataloader(val_set, batch_size, False), 0.05, save_every, snapshot_path)
    trainer.train(total_epochs)
    dist.destroy_process_group()


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser(description="simple distributed training job")
    parser.add_argument("total_epochs", type=int, help="Total epochs to train the model")
    parser.add_argument("save_every", type=int, help="How often to save a snapshot")
    parser.add_argument("--batch_size", default=128, type=int)
    args = parser.parse_args()
    main(args.save_every, args.total_epochs, args.batch_size)
