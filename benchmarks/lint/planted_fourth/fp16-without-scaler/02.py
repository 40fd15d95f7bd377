"""
Training script for a small GPT; any setting can be given as --key=value.
"""
import ast
import math
import os
import sys
from contextlib import nullcontext

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

config = dict(
    out_dir="out", dataset="openwebtext", data_root="data",
    batch_size=12, block_size=1024, gradient_accumulation_steps=8,
    n_layer=12, n_head=12, n_embd=768, dropout=0.0,
    learning_rate=6e-4, min_lr=6e-5, max_iters=100000, warmup_iters=2000,
    weight_decay=0.1, grad_clip=1.0,
    eval_interval=1000, eval_iters=100, log_interval=20,
    device="cuda", dtype="float16", seed=1337,
)
for arg in sys.argv[1:]:
    key, val = arg.lstrip("-").split("=")
    config[key] = type(config[key])(ast.literal_eval(val)) if not isinstance(config[key], str) else val

torch.manual_seed(config["seed"])
os.makedirs(config["out_dir"], exist_ok=True)
device_type = "cuda" if "cuda" in config["device"] else "cpu"
ptdtype = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[config["dtype"]]
ctx = nullcontext() if device_type == "cpu" else torch.amp.autocast(device_type=device_type, dtype=ptdtype)


def get_batch(split):
    path = os.path.join(config["data_root"], config["dataset"], f"{split}.bin")
    data = np.memmap(path, dtype=np.uint16, mode="r")
    T = config["block_size"]
    ix = torch.randint(len(data) - T, (config["batch_size"],))
    x = torch.stack([torch.from_numpy(data[i:i + T].astype(np.int64)) for i in ix])
    return x.to(config["device"], non_blocking=True)


def lr_at(it):
    if it < config["warmup_iters"]:
        return config["learning_rate"] * (it + 1) / config["warmup_iters"]
    ratio = (it - config["warmup_iters"]) / (config["max_iters"] - config["warmup_iters"])
    coeff = 0.5 * (1.0 + math.cos(math.pi * ratio))
    return config["min_lr"] + coeff * (config["learning_rate"] - config["min_lr"])


@torch.no_grad()
def estimate_loss(model):
    model.eval()
    result = {}
    for split in ("train", "val"):
        losses = torch.zeros(config["eval_iters"], device=config["device"])
        for k in range(config["eval_iters"]):
            x = get_batch(split)
            with ctx:
                losses[k] = model(x, labels=x).loss
        result[split] = losses.mean().item()
    model.train()
    return result


gptconf = GPT2Config(vocab_size=50304, n_positions=config["block_size"], n_layer=config["n_layer"],
                     n_head=config["n_head"], n_embd=config["n_embd"], resid_pdrop=config["dropout"],
                     embd_pdrop=config["dropout"], attn_pdrop=config["dropout"])
model = GPT2LMHeadModel(gptconf).to(config["device"])
params = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(
    [{"params": [p for p in params if p.dim() >= 2], "weight_decay": config["weight_decay"]},
     {"params": [p for p in params if p.dim() < 2], "weight_decay": 0.0}],
    lr=config["learning_rate"], betas=(0.9, 0.95))

model.train()
best_val = float("inf")
accum = config["gradient_accumulation_steps"]
for it in range(config["max_iters"]):
    for group in optimizer.param_groups:
        group["lr"] = lr_at(it)
    if it % config["eval_interval"] == 0:
        losses = estimate_loss(model)
        print(f"step {it}: train {losses['train']:.4f} val {losses['val']:.4f}")
        if losses["val"] < best_val:
            best_val = losses["val"]
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                        "iter": it, "config": config}, os.path.join(config["out_dir"], "ckpt.pt"))
    for _ in range(accum):
        x = get_batch("train")
        with ctx:
            loss = model(x, labels=x).loss / accum
        loss.backward()  # PLANTED
    torch.nn.utils.clip_grad_norm_(model.parameters(), config["grad_clip"])
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    if it % config["log_interval"] == 0:
        print(f"iter {it}: loss {loss.item() * accum:.4f}")
