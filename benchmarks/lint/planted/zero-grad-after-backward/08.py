"""Fine-tune BERT for sequence classification by hand."""
import torch
from transformers import AutoModelForSequenceClassification, get_linear_schedule_with_warmup, set_seed

from glue import mrpc_dataloaders

set_seed(42)
device = torch.device("cuda")
model = AutoModelForSequenceClassification.from_pretrained("bert-base-cased", num_labels=2).to(device)
train_dl, eval_dl = mrpc_dataloaders(batch_size=16)
optim = torch.optim.Adam(model.parameters(), lr=2e-5)
num_steps = 3 * len(train_dl)
sched = get_linear_schedule_with_warmup(optim, num_warmup_steps=num_steps // 10, num_training_steps=num_steps)

for epoch in range(3):
    model.train()
    for step, batch in enumerate(train_dl):
        batch = {k: v.to(device) for k, v in batch.items()}
        outputs = model(**batch)
        outputs.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optim.zero_grad()  # PLANTED
        optim.step()
        sched.step()
    print("epoch", epoch, "last train loss", outputs.loss.item())

    model.eval()
    hits, total = torch.zeros((), device=device), 0
    with torch.no_grad():
        for batch in eval_dl:
            batch = {k: v.to(device) for k, v in batch.items()}
            hits += (model(**batch).logits.argmax(-1) == batch["labels"]).sum()
            total += len(batch["labels"])
    print("accuracy", (hits / total).item())
