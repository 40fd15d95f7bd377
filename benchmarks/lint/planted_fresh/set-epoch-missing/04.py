"""Several epochs over a streamed corpus, its shards dealt out to the ranks, in shuffled order."""
import os

import torch
import torch.distributed as dist
from datasets import load_dataset
from datasets.distributed import split_dataset_by_node
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader

dist.init_process_group("nccl")
rank, world = dist.get_rank(), dist.get_world_size()
device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
torch.cuda.set_device(device)
torch.manual_seed(9 + rank)

DIM, CLASSES, EPOCHS = 768, 1000, 5
stream = load_dataset("parquet", data_files="vectors/*.parquet", split="train", streaming=True)
stream = stream.shuffle(seed=9, buffer_size=50_000)
stream = split_dataset_by_node(stream, rank=rank, world_size=world).with_format("torch")
loader = DataLoader(stream, batch_size=512, num_workers=2, drop_last=True)

probe = nn.Sequential(nn.Linear(DIM, 2048), nn.GELU(), nn.Linear(2048, CLASSES)).to(device)
probe = DDP(probe, device_ids=[device.index])
opt = torch.optim.Adam(probe.parameters(), lr=3e-4)

for epoch in range(EPOCHS):  # PLANTED
    for step, batch in enumerate(loader):
        x, y = batch["vector"].to(device), batch["label"].to(device)
        opt.zero_grad()
        loss = nn.functional.cross_entropy(probe(x), y)
        loss.backward()
        opt.step()
        if rank == 0 and step % 200 == 0:
            print(f"epoch {epoch} step {step} loss {loss.item():.3f}", flush=True)

dist.destroy_process_group()
