#!/usr/bin/env python
"""Fine-tune a causal LM on a text dataset (no Trainer)."""
import argparse
import math

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    default_data_collator,
    get_cosine_schedule_with_warmup,
)


def parse_args():
    p = argparse.ArgumentParser()
    p.add_argument("--model_name_or_path", default="gpt2")
    p.add_argument("--block_size", type=int, default=512)
    p.add_argument("--per_device_batch_size", type=int, default=2)
    p.add_argument("--gradient_accumulation_steps", type=int, default=16)
    p.add_argument("--learning_rate", type=float, default=3e-5)
    p.add_argument("--weight_decay", type=float, default=0.01)
    p.add_argument("--max_grad_norm", type=float, default=1.0)
    p.add_argument("--num_train_epochs", type=int, default=3)
    p.add_argument("--warmup_ratio", type=float, default=0.05)
    p.add_argument("--logging_steps", type=int, default=20)
    p.add_argument("--output_dir", default="out")
    p.add_argument("--seed", type=int, default=1234)
    return p.parse_args()


def grouped_parameters(model, weight_decay):
    decay = [p for p in model.parameters() if p.requires_grad and p.ndim >= 2]
    rest = [p for p in model.parameters() if p.requires_grad and p.ndim < 2]
    return [{"params": decay, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]


def build_blocks(tokenizer, block_size):
    raw = load_dataset("wikitext", "wikitext-2-raw-v1")
    tok = raw.map(lambda b: tokenizer(b["text"]), batched=True, remove_columns=["text"])

    def group(batch):
        ids = sum(batch["input_ids"], [])
        n = len(ids) // block_size * block_size
        chunks = [ids[i:i + block_size] for i in range(0, n, block_size)]
        return {"input_ids": chunks, "labels": [list(c) for c in chunks]}

    return tok.map(group, batched=True, remove_columns=tok["train"].column_names)


def evaluate(model, loader, accelerator):
    model.eval()
    losses = []
    with torch.no_grad():
        for batch in loader:
            loss = model(**batch).loss
            losses.append(accelerator.gather_for_metrics(loss.repeat(batch["input_ids"].size(0))))
    return torch.cat(losses).mean().item()


def main():
    args = parse_args()
    accelerator = Accelerator(mixed_precision="bf16")
    set_seed(args.seed)

    tokenizer = AutoTokenizer.from_pretrained(args.model_name_or_path)
    model = AutoModelForCausalLM.from_pretrained(args.model_name_or_path)
    blocks = build_blocks(tokenizer, args.block_size)
    train_loader = DataLoader(blocks["train"], shuffle=True, collate_fn=default_data_collator,
                              batch_size=args.per_device_batch_size, drop_last=True)
    eval_loader = DataLoader(blocks["validation"], collate_fn=default_data_collator,
                             batch_size=args.per_device_batch_size)

    optimizer = torch.optim.AdamW(grouped_parameters(model, args.weight_decay), lr=args.learning_rate)
    model, optimizer, train_loader, eval_loader = accelerator.prepare(model, optimizer, train_loader, eval_loader)
    updates_per_epoch = math.ceil(len(train_loader) / args.gradient_accumulation_steps)
    total = updates_per_epoch * args.num_train_epochs
    scheduler = get_cosine_schedule_with_warmup(optimizer, int(args.warmup_ratio * total), total)

    completed = 0
    for epoch in range(args.num_train_epochs):
        model.train()
        window = []
        for step, batch in enumerate(train_loader, 1):
            loss = model(**batch).loss
            accelerator.backward(loss)  # PLANTED
            window.append(loss.detach())
            if step % args.gradient_accumulation_steps == 0 or step == len(train_loader):
                accelerator.clip_grad_norm_(model.parameters(), args.max_grad_norm)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
                completed += 1
                if completed % args.logging_steps == 0:
                    avg = torch.stack(window).mean().item()
                    accelerator.print(f"step {completed}/{total} loss {avg:.4f} lr {scheduler.get_last_lr()[0]:.2e}")
                    window.clear()
        val = evaluate(model, eval_loader, accelerator)
        accelerator.print(f"epoch {epoch} eval loss {val:.4f} ppl {math.exp(val):.2f}")

    accelerator.wait_for_everyone()
    accelerator.unwrap_model(model).save_pretrained(
        args.output_dir, is_main_process=accelerator.is_main_process, save_function=accelerator.save)


if __name__ == "__main__":
    main()
