"""Fine-tune T5 for summaries with accelerate."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import AutoModelForSeq2SeqLM, get_scheduler


def train(loader, epochs=3, lr=1e-4):
    set_seed(0)
    acc = Accelerator(gradient_accumulation_steps=2)
    model = AutoModelForSeq2SeqLM.from_pretrained("t5-small")
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    lr_sched = get_scheduler("linear", optimizer, num_warmup_steps=300, num_training_steps=epochs * len(loader))
    model, optimizer, loader, lr_sched = acc.prepare(model, optimizer, loader, lr_sched)
    model.train()
    for epoch in range(epochs):
        for i, batch in enumerate(loader):
            with acc.accumulate(model):
                out = model(**batch)
                acc.backward(out.loss)
                lr_sched.step()  # PLANTED
                optimizer.step()
                optimizer.zero_grad()
            if i % 50 == 0:
                acc.print(f"{epoch}:{i} {out.loss.item():.3f}")
