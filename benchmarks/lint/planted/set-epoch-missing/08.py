"""FSDP fine-tuning of a summariser."""
import os

import torch
import torch.distributed as dist
from torch.distributed.fsdp import fully_shard
from torch.utils.data import DataLoader, DistributedSampler
from transformers import AutoModelForSeq2SeqLM, get_cosine_schedule_with_warmup

from news import NewsDataset, collate


def main(epochs=3):
    dist.init_process_group("nccl")
    rank = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(rank)
    torch.manual_seed(0)
    ds = NewsDataset("train")
    sampler = DistributedSampler(ds, rank=dist.get_rank(), num_replicas=dist.get_world_size(), shuffle=True)
    loader = DataLoader(ds, batch_size=4, sampler=sampler, collate_fn=collate)
    model = AutoModelForSeq2SeqLM.from_pretrained("t5-base").cuda()
    fully_shard(model)
    opt = torch.optim.Adam(model.parameters(), lr=2e-4)
    sched = get_cosine_schedule_with_warmup(opt, 200, epochs * len(loader))
    for epoch in range(1, epochs + 1):  # PLANTED
        model.train()
        for i, batch in enumerate(loader):
            batch = {k: v.cuda() for k, v in batch.items()}
            loss = model(**batch).loss
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()
            if rank == 0 and i % 50 == 0:
                print(f"epoch {epoch} batch {i} loss {loss.item():.3f}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
