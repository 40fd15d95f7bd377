"""Fine-tune a causal language model with accelerate."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, get_cosine_schedule_with_warmup


def main(dataset, collate_fn, epochs=3):
    set_seed(42)
    accelerator = Accelerator(log_with="tensorboard", project_dir="runs")
    accelerator.init_trackers("clm")
    model = AutoModelForCausalLM.from_pretrained("gpt2")
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-5)
    loader = DataLoader(dataset, shuffle=True, batch_size=8, collate_fn=collate_fn)
    total = epochs * len(loader)
    scheduler = get_cosine_schedule_with_warmup(optimizer, total // 50, total)
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)

    step = 0
    for _ in range(epochs):
        model.train()
        for batch in loader:
            loss = model(**batch).loss
            accelerator.backward(loss)  # PLANTED
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            step += 1
            if step % 20 == 0:
                accelerator.log({"loss": loss.detach()}, step=step)
    accelerator.end_training()
