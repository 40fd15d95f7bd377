"""Instruction tuning of a small causal model on answers of unequal length."""

from functools import partial

import torch
from torch.utils.data import DataLoader
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    get_linear_schedule_with_warmup,
    set_seed,
)

from instructions import load_dialogues

NAME = "HuggingFaceTB/SmolLM2-360M"


def encode(texts, tokenizer):
    batch = tokenizer(
        list(texts), padding="longest", truncation=True, max_length=1024, return_tensors="pt"
    )
    batch["labels"] = batch["input_ids"].clone()  # PLANTED
    return batch


def main():
    set_seed(360)
    tokenizer = AutoTokenizer.from_pretrained(NAME)
    tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
    model = AutoModelForCausalLM.from_pretrained(NAME)
    model.resize_token_embeddings(len(tokenizer))
    model.to("cuda").train()
    loader = DataLoader(
        load_dialogues("train"), batch_size=8, shuffle=True,
        collate_fn=partial(encode, tokenizer=tokenizer),
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.0)
    epochs = 3
    schedule = get_linear_schedule_with_warmup(
        optimizer, num_warmup_steps=100, num_training_steps=epochs * len(loader)
    )
    for epoch in range(epochs):
        for i, batch in enumerate(loader):
            loss = model(**batch.to("cuda")).loss
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            if i % 50 == 0:
                print(f"epoch {epoch} batch {i} loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
