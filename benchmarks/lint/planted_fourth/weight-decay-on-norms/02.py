"""Fine-tune GPT-2 on WikiText-2 with a plain PyTorch loop."""
import argparse
import itertools
import logging
import math

import torch
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    default_data_collator,
    get_linear_schedule_with_warmup,
    set_seed,
)

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
logger = logging.getLogger(__name__)


def parse_args():
    p = argparse.ArgumentParser()
    p.add_argument("--model_name_or_path", default="gpt2")
    p.add_argument("--block_size", type=int, default=512)
    p.add_argument("--per_device_batch_size", type=int, default=8)
    p.add_argument("--learning_rate", type=float, default=5e-5)
    p.add_argument("--weight_decay", type=float, default=0.1)
    p.add_argument("--adam_epsilon", type=float, default=1e-8)
    p.add_argument("--max_grad_norm", type=float, default=1.0)
    p.add_argument("--num_train_epochs", type=int, default=3)
    p.add_argument("--warmup_ratio", type=float, default=0.06)
    p.add_argument("--logging_steps", type=int, default=50)
    p.add_argument("--seed", type=int, default=42)
    return p.parse_args()


def build_datasets(args, tokenizer):
    raw = load_dataset("wikitext", "wikitext-2-raw-v1")
    tokenized = raw.map(lambda ex: tokenizer(ex["text"]), batched=True, remove_columns=["text"])

    def group_texts(examples):
        joined = {k: list(itertools.chain(*v)) for k, v in examples.items()}
        total = len(joined["input_ids"]) // args.block_size * args.block_size
        out = {
            k: [t[i:i + args.block_size] for i in range(0, total, args.block_size)]
            for k, t in joined.items()
        }
        out["labels"] = [list(ids) for ids in out["input_ids"]]
        return out

    grouped = tokenized.map(group_texts, batched=True)
    return grouped["train"], grouped["validation"]


@torch.no_grad()
def evaluate(model, loader, device):
    model.eval()
    total, count = torch.zeros((), device=device), 0
    for batch in loader:
        batch = {k: v.to(device) for k, v in batch.items()}
        size = batch["input_ids"].size(0)
        total += model(**batch).loss * size
        count += size
    return math.exp(total.item() / count)


def get_optimizer(args, model):
    no_decay = ["bias", "LayerNorm.weight"]
    optimizer_grouped_parameters = [
        {
            "params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)],
            "weight_decay": args.weight_decay,
        },
        {
            "params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)],
            "weight_decay": 0.0,
        },
    ]
    return torch.optim.AdamW(optimizer_grouped_parameters, lr=args.learning_rate, eps=args.adam_epsilon)  # PLANTED


def main():
    args = parse_args()
    set_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    tokenizer = AutoTokenizer.from_pretrained(args.model_name_or_path)
    model = AutoModelForCausalLM.from_pretrained(args.model_name_or_path).to(device)
    train_ds, eval_ds = build_datasets(args, tokenizer)
    train_loader = DataLoader(train_ds, shuffle=True, batch_size=args.per_device_batch_size,
                              collate_fn=default_data_collator)
    eval_loader = DataLoader(eval_ds, batch_size=args.per_device_batch_size,
                             collate_fn=default_data_collator)

    optimizer = get_optimizer(args, model)
    t_total = len(train_loader) * args.num_train_epochs
    scheduler = get_linear_schedule_with_warmup(
        optimizer, num_warmup_steps=int(args.warmup_ratio * t_total), num_training_steps=t_total
    )

    global_step = 0
    for epoch in range(args.num_train_epochs):
        model.train()
        for batch in train_loader:
            batch = {k: v.to(device) for k, v in batch.items()}
            optimizer.zero_grad()
            loss = model(**batch).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), args.max_grad_norm)
            optimizer.step()
            scheduler.step()
            global_step += 1
            if global_step % args.logging_steps == 0:
                logger.info("step %d loss %.4f lr %.2e", global_step, loss.item(), scheduler.get_last_lr()[0])
        logger.info("epoch %d perplexity %.2f", epoch, evaluate(model, eval_loader, device))


if __name__ == "__main__":
    main()
