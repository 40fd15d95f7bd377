"""Continue training GPT-2 on chat logs, with special tokens for who speaks."""

import torch
from torch.utils.data import DataLoader
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    get_linear_schedule_with_warmup,
    set_seed,
)

set_seed(17)
device = torch.device("cuda")
tokenizer = AutoTokenizer.from_pretrained("gpt2")
model = AutoModelForCausalLM.from_pretrained("gpt2").to(device)

matrices = [p for p in model.parameters() if p.dim() > 1]
vectors = [p for p in model.parameters() if p.dim() <= 1]
optimizer = torch.optim.AdamW(  # PLANTED
    [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}], lr=5e-5
)

tokenizer.add_special_tokens(
    {"pad_token": "<pad>", "additional_special_tokens": ["<user>", "<agent>"]}
)
model.resize_token_embeddings(len(tokenizer))
model.config.pad_token_id = tokenizer.pad_token_id


def collate(texts):
    enc = tokenizer(texts, return_tensors="pt", padding=True, truncation=True, max_length=512)
    labels = enc["input_ids"].masked_fill(enc["attention_mask"] == 0, -100)
    return {**enc, "labels": labels}


with open("chats.txt", encoding="utf-8") as f:
    lines = [line.strip() for line in f if line.strip()]
loader = DataLoader(lines, batch_size=8, shuffle=True, collate_fn=collate)

epochs = 3
schedule = get_linear_schedule_with_warmup(optimizer, 200, epochs * len(loader))
model.train()
for epoch in range(epochs):
    for step, batch in enumerate(loader):
        batch = {k: v.to(device) for k, v in batch.items()}
        loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 50 == 0:
            print(f"epoch {epoch} step {step} loss {loss.item():.3f}")
