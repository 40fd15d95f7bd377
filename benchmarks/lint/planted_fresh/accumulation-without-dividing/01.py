"""Pretrain a small GPT on memory-mapped tokens, several micro-batches to an update."""

import math

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

block_size = 512
micro_batch = 8
total_batch_tokens = 131072
grad_accum_steps = total_batch_tokens // (micro_batch * block_size)
max_iters, warmup_iters = 20_000, 500
max_lr, min_lr = 6e-4, 6e-5

torch.manual_seed(1337)
np.random.seed(1337)
device = "cuda"
tokens = np.memmap("data/train.bin", dtype=np.uint16, mode="r")


def get_batch():
    ix = np.random.randint(0, len(tokens) - block_size - 1, size=micro_batch)
    x = torch.stack([torch.from_numpy(tokens[i : i + block_size].astype(np.int64)) for i in ix])
    return x.pin_memory().to(device, non_blocking=True)


def get_lr(it):
    if it < warmup_iters:
        return max_lr * (it + 1) / warmup_iters
    ratio = (it - warmup_iters) / (max_iters - warmup_iters)
    return min_lr + 0.5 * (1 + math.cos(math.pi * ratio)) * (max_lr - min_lr)


model = GPT2LMHeadModel(GPT2Config(n_layer=8, n_head=8, n_embd=512, n_positions=block_size))
model.to(device).train()
matrices = [p for p in model.parameters() if p.dim() >= 2]
vectors = [p for p in model.parameters() if p.dim() < 2]
optimizer = torch.optim.AdamW(
    [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}],
    lr=max_lr,
    betas=(0.9, 0.95),
)

x = get_batch()
for it in range(max_iters):
    for group in optimizer.param_groups:
        group["lr"] = get_lr(it)
    for _ in range(grad_accum_steps):
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = model(input_ids=x, labels=x).loss
        x = get_batch()  # fetch the next one while the device is busy
        loss.backward()  # PLANTED
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    if it % 100 == 0:
        print(f"iter {it}: loss {loss.item():.4f}, lr {get_lr(it):.2e}")
