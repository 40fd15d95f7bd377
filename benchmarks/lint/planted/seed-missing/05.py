"""Fine-tune with accelerate."""
import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader
from transformers import AutoModelForSequenceClassification, get_linear_schedule_with_warmup


def main(dataset, collate, epochs=3):
    accelerator = Accelerator(mixed_precision="bf16")
    model = AutoModelForSequenceClassification.from_pretrained("roberta-base", num_labels=3)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)
    loader = DataLoader(dataset, batch_size=16, shuffle=True, collate_fn=collate)
    sched = get_linear_schedule_with_warmup(optimizer, 100, epochs * len(loader))
    model, optimizer, loader, sched = accelerator.prepare(model, optimizer, loader, sched)
    for epoch in range(epochs):  # PLANTED
        model.train()
        for batch in loader:
            loss = model(**batch).loss
            optimizer.zero_grad()
            accelerator.backward(loss)
            optimizer.step()
            sched.step()
        accelerator.print(epoch, loss.item())
