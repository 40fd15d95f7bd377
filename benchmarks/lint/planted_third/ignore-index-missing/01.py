"""Teaches a small GPT recipes of very different length."""

import torch
from accelerate import Accelerator
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer, get_linear_schedule_with_warmup, set_seed

NAME = "distilgpt2"


def make_collate(tokenizer):
    def collate(rows):
        texts = [row["recipe"] + tokenizer.eos_token for row in rows]
        batch = tokenizer(texts, padding="longest", truncation=True, max_length=512, return_tensors="pt")
        batch["labels"] = batch["input_ids"].clone()  # PLANTED
        return batch

    return collate


def main():
    set_seed(71)
    accelerator = Accelerator(mixed_precision="bf16", log_with="tensorboard", project_dir="runs")
    accelerator.init_trackers("recipes")
    tokenizer = AutoTokenizer.from_pretrained(NAME)
    tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
    model = AutoModelForCausalLM.from_pretrained(NAME)
    model.resize_token_embeddings(len(tokenizer))
    model.train()

    recipes = load_dataset("csv", data_files="recipes.csv", split="train")
    loader = DataLoader(recipes, batch_size=16, shuffle=True, collate_fn=make_collate(tokenizer))
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.0)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    epochs = 3
    schedule = accelerator.prepare(
        get_linear_schedule_with_warmup(
            optimizer, 200, epochs * len(loader) * accelerator.num_processes
        )
    )

    step = 0
    for _ in range(epochs):
        for batch in loader:
            loss = model(**batch).loss
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            step += 1
            if step % 50 == 0:
                accelerator.log({"loss": loss.item(), "rate": schedule.get_last_lr()[0]}, step=step)
    accelerator.end_training()
    accelerator.unwrap_model(model).save_pretrained("recipes-gpt")
    tokenizer.save_pretrained("recipes-gpt")


if __name__ == "__main__":
    main()
