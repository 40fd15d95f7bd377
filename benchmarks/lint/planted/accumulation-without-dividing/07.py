"""Causal language model with accelerate and micro-batches."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import AutoModelForCausalLM


def train(loader, accumulation=4, epochs=1):
    set_seed(9)
    accelerator = Accelerator(mixed_precision="bf16")
    model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    model.train()
    completed = 0
    for _ in range(epochs):
        for step, batch in enumerate(loader):
            loss = model(**batch).loss
            accelerator.backward(loss)  # PLANTED
            if step % accumulation == accumulation - 1:
                accelerator.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad()
                completed += 1
                if completed % 10 == 0:
                    accelerator.print(completed, loss.item())
