"""Fine-tunes GPT-2 on recipes with groups of weights as in the BERT examples."""

import torch
from torch.utils.data import DataLoader
from transformers import (
    DataCollatorForLanguageModeling,
    GPT2LMHeadModel,
    GPT2TokenizerFast,
    get_linear_schedule_with_warmup,
    set_seed,
)

set_seed(42)
tokenizer = GPT2TokenizerFast.from_pretrained("gpt2")
tokenizer.pad_token = tokenizer.eos_token
model = GPT2LMHeadModel.from_pretrained("gpt2")
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model.to(device)

with open("recipes.txt", encoding="utf-8") as handle:
    recipes = [line.strip() for line in handle if line.strip()]
encoded = [tokenizer(recipe, truncation=True, max_length=256) for recipe in recipes]
collator = DataCollatorForLanguageModeling(tokenizer, mlm=False)
loader = DataLoader(encoded, batch_size=8, shuffle=True, collate_fn=collator)

no_decay = ["bias", "LayerNorm.weight"]
grouped = [
    {
        "params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)],
        "weight_decay": 0.01,
    },
    {
        "params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)],
        "weight_decay": 0.0,
    },
]
optimizer = torch.optim.AdamW(grouped, lr=5e-5, eps=1e-8)  # PLANTED

epochs = 3
total = epochs * len(loader)
scheduler = get_linear_schedule_with_warmup(optimizer, num_warmup_steps=total // 20, num_training_steps=total)

step = 0
model.train()
for epoch in range(epochs):
    for batch in loader:
        batch = {key: value.to(device) for key, value in batch.items()}
        loss = model(**batch).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        if step % 50 == 0:
            print(f"step {step}/{total} loss {loss.item():.4f} lr {scheduler.get_last_lr()[0]:.2e}")
        step += 1
