"""Fine-tune BERT to tell apart claims of patents; plain PyTorch around a Hugging Face model."""

import torch
from datasets import load_from_disk
from torch.utils.data import DataLoader
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    get_scheduler,
    set_seed,
)

set_seed(1790)
NAME, EPOCHS, DEVICE = "bert-base-uncased", 4, "cuda"

tokenizer = AutoTokenizer.from_pretrained(NAME)
claims = load_from_disk("claims").map(
    lambda r: tokenizer(r["text"], truncation=True, max_length=384), batched=True
)
claims = claims.remove_columns("text").rename_column("label", "labels")
pad = DataCollatorWithPadding(tokenizer)
train = DataLoader(claims["train"], 16, shuffle=True, collate_fn=pad)
val = DataLoader(claims["validation"], 64, collate_fn=pad)

model = AutoModelForSequenceClassification.from_pretrained(NAME, num_labels=8).to(DEVICE)
quiet = ("bias", "LayerNorm.weight")
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in model.named_parameters() if not n.endswith(quiet)],
         "weight_decay": 0.01},
        {"params": [p for n, p in model.named_parameters() if n.endswith(quiet)],
         "weight_decay": 0.0},
    ],
    lr=3e-5,
)
steps = EPOCHS * len(train)
schedule = get_scheduler("linear", optimizer, num_warmup_steps=steps // 10, num_training_steps=steps)

for epoch in range(EPOCHS):
    model.train()
    for i, batch in enumerate(train):
        loss = model(**batch.to(DEVICE)).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if i % 50 == 0:
            print(f"epoch {epoch} batch {i} loss {loss.item():.3f}")
    schedule.step()  # PLANTED

    model.eval()
    good = torch.zeros((), device=DEVICE)
    with torch.no_grad():
        for batch in val:
            batch = batch.to(DEVICE)
            good += (model(**batch).logits.argmax(-1) == batch["labels"]).sum()
    print(f"epoch {epoch} accuracy {good.item() / len(claims['validation']):.3f}")
