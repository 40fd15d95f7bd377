"""Fine-tunes a French model of sentences to judge entailment; rate and shape from the command line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import torch
from datasets import load_dataset
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader
from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding, set_seed


def rate_at(args: argparse.Namespace, steps: int) -> Callable[[int], float]:
    """Up in a line over the first tenth, then down along a cosine."""
    rise = max(1, steps // 10)

    def rate(step: int) -> float:
        if step < rise:
            shape = (step + 1) / rise
        else:
            shape = 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))
        return args.lr * shape  # PLANTED

    return rate


def main(args: argparse.Namespace) -> None:
    set_seed(args.seed)
    tokenizer = AutoTokenizer.from_pretrained(args.base)
    model = AutoModelForSequenceClassification.from_pretrained(args.base, num_labels=3).cuda()
    pairs = load_dataset("xnli", "fr", split="train")
    pairs = pairs.map(
        lambda row: tokenizer(row["premise"], row["hypothesis"], truncation=True, max_length=128),
        batched=True,
        remove_columns=["premise", "hypothesis"],
    )
    loader = DataLoader(
        pairs, batch_size=args.batch_size, shuffle=True, collate_fn=DataCollatorWithPadding(tokenizer)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.0)
    schedule = LambdaLR(optimizer, rate_at(args, args.epochs * len(loader)))

    model.train()
    step = 0
    for epoch in range(args.epochs):
        for batch in loader:
            loss = model(**batch.to("cuda")).loss
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step % 100 == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.4f}", flush=True)
    model.save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="camembert-base")
    parser.add_argument("--lr", type=float, default=2e-5)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--out", default="entailment-fr")
    main(parser.parse_args())
