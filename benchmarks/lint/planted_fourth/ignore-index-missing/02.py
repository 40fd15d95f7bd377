"""Instruction tuning of a causal LM with Accelerate."""
import argparse

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer, get_cosine_schedule_with_warmup

TEMPLATE = "### Instruction:\n{instruction}\n\n### Response:\n{output}"


class InstructionCollator:
    def __init__(self, tokenizer, max_length: int):
        self.tokenizer = tokenizer
        self.max_length = max_length

    def __call__(self, examples):
        texts = [TEMPLATE.format(**ex) + self.tokenizer.eos_token for ex in examples]
        batch = self.tokenizer(
            texts,
            max_length=self.max_length,
            truncation=True,
            padding="max_length",
            return_tensors="pt",
        )
        batch["labels"] = batch["input_ids"].clone()  # PLANTED
        return batch


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_name", default="EleutherAI/pythia-410m")
    parser.add_argument("--dataset", default="yahma/alpaca-cleaned")
    parser.add_argument("--output_dir", default="pythia-alpaca")
    parser.add_argument("--max_length", type=int, default=512)
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--grad_accum", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=2e-5)
    parser.add_argument("--seed", type=int, default=42)
    return parser.parse_args()


def main():
    args = parse_args()
    accelerator = Accelerator(mixed_precision="bf16", gradient_accumulation_steps=args.grad_accum)
    set_seed(args.seed)

    tokenizer = AutoTokenizer.from_pretrained(args.model_name, padding_side="right")
    if tokenizer.pad_token is None:
        tokenizer.add_special_tokens({"pad_token": "<|padding|>"})
    model = AutoModelForCausalLM.from_pretrained(args.model_name)

    raw = load_dataset(args.dataset, split="train").train_test_split(test_size=0.02, seed=args.seed)
    raw = raw.filter(lambda ex: len(ex["output"]) > 0)
    keep = ["instruction", "output"]
    raw = raw.remove_columns([c for c in raw["train"].column_names if c not in keep])
    collator = InstructionCollator(tokenizer, args.max_length)
    train_dl = DataLoader(raw["train"], batch_size=args.batch_size, shuffle=True, collate_fn=collator)
    eval_dl = DataLoader(raw["test"], batch_size=args.batch_size, collate_fn=collator)

    decay = [p for p in model.parameters() if p.ndim >= 2]
    no_decay = [p for p in model.parameters() if p.ndim < 2]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.01}, {"params": no_decay, "weight_decay": 0.0}], lr=args.lr)
    model, optimizer, train_dl, eval_dl = accelerator.prepare(model, optimizer, train_dl, eval_dl)
    total = args.epochs * len(train_dl) // args.grad_accum
    scheduler = get_cosine_schedule_with_warmup(optimizer, int(0.03 * total), total)

    for epoch in range(args.epochs):
        model.train()
        for step, batch in enumerate(train_dl):
            with accelerator.accumulate(model):
                loss = model(**batch).loss
                accelerator.backward(loss)
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                if accelerator.sync_gradients:
                    scheduler.step()
                optimizer.zero_grad()
            if step % 100 == 0:
                accelerator.print(f"epoch {epoch} step {step} loss {loss.item():.4f}")

        model.eval()
        losses = []
        with torch.no_grad():
            for batch in eval_dl:
                out = model(**batch)
                losses.append(accelerator.gather(out.loss.detach().reshape(1)))
        accelerator.print(f"epoch {epoch} eval loss {torch.cat(losses).mean().item():.4f}")

    accelerator.wait_for_everyone()
    accelerator.unwrap_model(model).save_pretrained(args.output_dir, is_main_process=accelerator.is_main_process)
    if accelerator.is_main_process:
        tokenizer.save_pretrained(args.output_dir)


if __name__ == "__main__":
    main()
