"""Sentence pair classification (GLUE MRPC/QQP) with Accelerate, no Trainer."""
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
    get_linear_schedule_with_warmup,
)

TASK_KEYS = {"mrpc": ("sentence1", "sentence2"), "qqp": ("question1", "question2")}


def get_dataloaders(accelerator, args, tokenizer):
    first, second = TASK_KEYS[args.task]
    raw = load_dataset("glue", args.task)

    def preprocess(examples):
        return tokenizer(examples[first], examples[second], truncation=True, max_length=args.max_length)

    with accelerator.main_process_first():
        encoded = raw.map(preprocess, batched=True, remove_columns=[first, second, "idx"])
    encoded = encoded.rename_column("label", "labels")
    collate = DataCollatorWithPadding(tokenizer, pad_to_multiple_of=8)
    train_dataloader = DataLoader(
        encoded["train"], shuffle=True, collate_fn=collate, batch_size=args.batch_size, drop_last=True
    )
    eval_dataloader = DataLoader(encoded["validation"], collate_fn=collate, batch_size=2 * args.batch_size)
    return train_dataloader, eval_dataloader


def grouped_parameters(model, weight_decay):
    no_decay = ("bias", "LayerNorm.weight", "layer_norm.weight")
    groups = {True: [], False: []}
    for name, param in model.named_parameters():
        groups[name.endswith(no_decay)].append(param)
    return [
        {"params": groups[False], "weight_decay": weight_decay},
        {"params": groups[True], "weight_decay": 0.0},
    ]


def training_function(args):
    accelerator = Accelerator(mixed_precision=args.mixed_precision)
    set_seed(args.seed)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    train_dataloader, eval_dataloader = get_dataloaders(accelerator, args, tokenizer)
    metric = evaluate.load("glue", args.task)

    model = AutoModelForSequenceClassification.from_pretrained(args.model, num_labels=2)
    model = model.to(accelerator.device)
    optimizer = torch.optim.AdamW(grouped_parameters(model, 0.01), lr=args.lr)
    model, optimizer, train_dataloader, eval_dataloader = accelerator.prepare(
        model, optimizer, train_dataloader, eval_dataloader
    )
    total_steps = len(train_dataloader) * args.epochs * accelerator.num_processes
    lr_scheduler = accelerator.prepare(
        get_linear_schedule_with_warmup(optimizer, int(0.1 * total_steps), total_steps)
    )

    for epoch in range(args.epochs):
        model.train()
        for step, batch in enumerate(train_dataloader):
            outputs = model(**batch)
            loss = outputs.loss
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            lr_scheduler.step()
            optimizer.zero_grad()
            if step % 100 == 0:
                accelerator.print(f"epoch {epoch} step {step}: loss {loss.item():.4f}")

        model.eval()
        for batch in eval_dataloader:  # PLANTED
            outputs = model(**batch)
            predictions = outputs.logits.argmax(dim=-1)
            predictions, references = accelerator.gather_for_metrics((predictions, batch["labels"]))
            metric.add_batch(predictions=predictions, references=references)
        accelerator.print(f"epoch {epoch}:", metric.compute())

    accelerator.wait_for_everyone()
    accelerator.unwrap_model(model).save_pretrained(
        args.output_dir, is_main_process=accelerator.is_main_process, save_function=accelerator.save
    )
    if accelerator.is_main_process:
        tokenizer.save_pretrained(args.output_dir)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", choices=sorted(TASK_KEYS), default="mrpc")
    parser.add_argument("--model", default="bert-base-cased")
    parser.add_argument("--mixed_precision", choices=["no", "fp16", "bf16"], default="no")
    parser.add_argument("--output_dir", default="out/mrpc")
    parser.add_argument("--max_length", type=int, default=128)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=2e-5)
    parser.add_argument("--seed", type=int, default=42)
    training_function(parser.parse_args())


if __name__ == "__main__":
    main()
