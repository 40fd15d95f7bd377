"""Sentence-pair classification (MRPC) with Accelerate."""
import argparse

import evaluate
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    get_scheduler,
)


def get_dataloaders(accelerator, args):
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    raw = load_dataset("glue", "mrpc")

    def tokenize(examples):
        return tokenizer(examples["sentence1"], examples["sentence2"], truncation=True, max_length=args.max_length)

    with accelerator.main_process_first():
        encoded = raw.map(tokenize, batched=True, remove_columns=["idx", "sentence1", "sentence2"])
    encoded = encoded.rename_column("label", "labels")
    collator = DataCollatorWithPadding(tokenizer)
    train = DataLoader(encoded["train"], shuffle=True, collate_fn=collator, batch_size=args.batch_size)
    val = DataLoader(encoded["validation"], collate_fn=collator, batch_size=2 * args.batch_size)
    return train, val


def decay_groups(model, weight_decay):
    skip = {
        f"{mod_name}.{name}" if mod_name else name
        for mod_name, mod in model.named_modules()
        for name, _ in mod.named_parameters(recurse=False)
        if isinstance(mod, torch.nn.LayerNorm) or name == "bias"
    }
    named = list(model.named_parameters())
    return [
        {"params": [p for n, p in named if n not in skip], "weight_decay": weight_decay},
        {"params": [p for n, p in named if n in skip], "weight_decay": 0.0},
    ]


def training_function(args):
    accelerator = Accelerator(
        mixed_precision="bf16",
        gradient_accumulation_steps=args.gradient_accumulation_steps,
        log_with="tensorboard",
        project_dir=args.output_dir,
    )
    set_seed(args.seed)
    accelerator.init_trackers("mrpc", config=vars(args))
    metric = evaluate.load("glue", "mrpc")

    train_loader, eval_loader = get_dataloaders(accelerator, args)
    model = AutoModelForSequenceClassification.from_pretrained(args.model, num_labels=2).to(accelerator.device)
    optimizer = torch.optim.AdamW(decay_groups(model, args.weight_decay), lr=args.lr)
    model, optimizer, train_loader, eval_loader = accelerator.prepare(model, optimizer, train_loader, eval_loader)

    total = len(train_loader) * args.epochs * accelerator.num_processes // args.gradient_accumulation_steps
    scheduler = accelerator.prepare(
        get_scheduler("linear", optimizer, num_warmup_steps=int(0.1 * total), num_training_steps=total)
    )

    step = 0
    for epoch in range(args.epochs):
        model.train()
        for batch in train_loader:
            with accelerator.accumulate(model):
                loss = model(**batch).loss
                accelerator.backward(loss)  # PLANTED
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                scheduler.step()
            step += 1
            if step % args.log_every == 0:
                accelerator.log({"train_loss": loss.item(), "lr": scheduler.get_last_lr()[0]}, step=step)

        model.eval()
        for batch in eval_loader:
            with torch.no_grad():
                logits = model(**batch).logits
            predictions, references = accelerator.gather_for_metrics((logits.argmax(-1), batch["labels"]))
            metric.add_batch(predictions=predictions, references=references)
        scores = metric.compute()
        accelerator.print(f"epoch {epoch}:", scores)
        accelerator.log({f"eval_{k}": v for k, v in scores.items()}, step=step)

    accelerator.end_training()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="bert-base-cased")
    parser.add_argument("--output_dir", default="runs")
    parser.add_argument("--max_length", type=int, default=128)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--gradient_accumulation_steps", type=int, default=2)
    parser.add_argument("--lr", type=float, default=2e-5)
    parser.add_argument("--weight_decay", type=float, default=0.01)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--log_every", type=int, default=25)
    parser.add_argument("--seed", type=int, default=42)
    training_function(parser.parse_args())


if __name__ == "__main__":
    main()
