"""Distributed training of a text embedder against negatives from all processes."""

import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler

from retrieval import BiEncoder, QueryPassages, collate


def everyones(x: torch.Tensor) -> torch.Tensor:
    parts = [torch.empty_like(x) for _ in range(dist.get_world_size())]
    dist.all_gather(parts, x)
    parts[dist.get_rank()] = x
    return torch.cat(parts)


def ranking_loss(query: torch.Tensor, passage: torch.Tensor) -> torch.Tensor:
    scores = F.normalize(query, dim=1) @ F.normalize(everyones(passage), dim=1).T
    own = torch.arange(len(query), device=query.device) + dist.get_rank() * len(query)
    return F.cross_entropy(20.0 * scores, own)


def averaged(loss: torch.Tensor) -> torch.Tensor:
    mean = loss.detach().clone()  # PLANTED
    dist.all_reduce(mean, op=dist.ReduceOp.AVG)
    return mean.requires_grad_()


def main(epochs: int = 3) -> None:
    dist.init_process_group("nccl")
    rank = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(rank)
    torch.manual_seed(100)
    data = QueryPassages("nq/train")
    sampler = DistributedSampler(data, shuffle=True, drop_last=True)
    loader = DataLoader(data, batch_size=32, sampler=sampler, collate_fn=collate, drop_last=True)
    net = DistributedDataParallel(BiEncoder("distilbert-base-uncased").cuda(), [rank])
    opt = torch.optim.AdamW(net.parameters(), lr=2e-5, weight_decay=0.0)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 1e-2, total_iters=500)
    net.train()
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        for i, (questions, passages) in enumerate(loader):
            loss = averaged(ranking_loss(*net(questions.to("cuda"), passages.to("cuda"))))
            opt.zero_grad()
            loss.backward()
            opt.step()
            warm.step()
            if rank == 0 and i % 100 == 0:
                print(f"epoch {epoch} batch {i} loss {loss.item():.4f}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
