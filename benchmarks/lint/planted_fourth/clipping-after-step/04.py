"""Question-duplicate classifier: DistilBERT with Accelerate and accumulation."""
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    get_linear_schedule_with_warmup,
)


@dataclass
class RunArgs:
    checkpoint: str = "distilbert-base-uncased"
    max_length: int = 128
    batch_size: int = 16
    accum: int = 4
    lr: float = 2e-5
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    epochs: int = 3
    warmup: float = 0.06
    log_every: int = 100
    seed: int = 31


class Logger:
    def __init__(self, accelerator, every):
        self.acc, self.every, self.count = accelerator, every, 0

    def __call__(self, loss, lr):
        self.count += 1
        if self.count % self.every == 0:
            self.acc.print(f"update {self.count}: loss {loss.item():.4f} lr {lr:.2e}")


def make_loaders(args, tokenizer):
    ds = load_dataset("glue", "qqp")
    ds = ds.map(lambda b: tokenizer(b["question1"], b["question2"], truncation=True, max_length=args.max_length),
                batched=True, remove_columns=["question1", "question2", "idx"]).rename_column("label", "labels")
    collate = DataCollatorWithPadding(tokenizer)
    train = DataLoader(ds["train"], args.batch_size, shuffle=True, collate_fn=collate, drop_last=True)
    valid = DataLoader(ds["validation"], args.batch_size * 2, collate_fn=collate)
    return train, valid


def make_optimizer(model, args):
    named = list(model.named_parameters())
    return torch.optim.AdamW([
        {"params": [p for _, p in named if p.ndim > 1], "weight_decay": args.weight_decay},
        {"params": [p for _, p in named if p.ndim <= 1], "weight_decay": 0.0},
    ], lr=args.lr)


def train_epoch(accelerator, model, loader, optimizer, scheduler, args, log):
    model.train()
    for batch in loader:
        with accelerator.accumulate(model):
            loss = model(**batch).loss
            accelerator.backward(loss)
            optimizer.step()
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(model.parameters(), args.max_grad_norm)  # PLANTED
                log(loss.detach(), scheduler.get_last_lr()[0])
            scheduler.step()
            optimizer.zero_grad()


@torch.no_grad()
def accuracy(accelerator, model, loader):
    model.eval()
    hits, seen = torch.zeros((), device=accelerator.device), 0
    for batch in loader:
        pred = model(**batch).logits.argmax(-1)
        pred, gold = accelerator.gather_for_metrics((pred, batch["labels"]))
        hits += (pred == gold).sum()
        seen += gold.numel()
    return (hits / seen).item()


def main():
    args = RunArgs()
    accelerator = Accelerator(gradient_accumulation_steps=args.accum, mixed_precision="bf16")
    set_seed(args.seed)
    tokenizer = AutoTokenizer.from_pretrained(args.checkpoint)
    model = AutoModelForSequenceClassification.from_pretrained(args.checkpoint, num_labels=2)
    train, valid = make_loaders(args, tokenizer)
    total = args.epochs * len(train) // args.accum
    optimizer = make_optimizer(model, args)
    scheduler = get_linear_schedule_with_warmup(optimizer, int(args.warmup * total), total)
    model, optimizer, train, valid, scheduler = accelerator.prepare(model, optimizer, train, valid, scheduler)

    log = Logger(accelerator, args.log_every)
    for epoch in range(args.epochs):
        train_epoch(accelerator, model, train, optimizer, scheduler, args, log)
        accelerator.print(f"epoch {epoch}: accuracy {accuracy(accelerator, model, valid):.4f}")
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        accelerator.unwrap_model(model).save_pretrained("qqp-distilbert")
        tokenizer.save_pretrained("qqp-distilbert")


if __name__ == "__main__":
    main()
