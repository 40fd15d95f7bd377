"""Fine-tunes a causal language model in windows of several small batches of unequal length."""

import torch
import torch.nn.functional as F
from more_itertools import chunked
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, get_cosine_schedule_with_warmup, set_seed

from stories import StoryDataset, pad_stories

IGNORED = -100
WINDOW = 8
EPOCHS = 3


def summed_loss(model, batch):
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    return F.cross_entropy(
        logits[:, :-1].flatten(0, 1),
        batch["labels"][:, 1:].flatten(),
        ignore_index=IGNORED,
        reduction="sum",
    )


def main():
    set_seed(5)
    device = torch.device("cuda")
    loader = DataLoader(StoryDataset("stories.txt"), batch_size=4, shuffle=True, collate_fn=pad_stories)
    model = AutoModelForCausalLM.from_pretrained("gpt2").to(device)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-5, weight_decay=0.0)
    windows_per_epoch = -(-len(loader) // WINDOW)
    scheduler = get_cosine_schedule_with_warmup(optimizer, 100, EPOCHS * windows_per_epoch)

    update = 0
    for epoch in range(EPOCHS):
        for window in chunked(loader, WINDOW):
            # counted on the host, before anything is moved
            tokens = sum(int((batch["labels"][:, 1:] != IGNORED).sum()) for batch in window)
            shown = torch.zeros((), device=device)
            for batch in window:
                batch = {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}
                loss = summed_loss(model, batch) / tokens
                loss.backward()
                shown += loss.detach()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad(set_to_none=True)
            update += 1
            if update % 50 == 0:
                print(f"epoch {epoch} update {update} loss {shown.item():.4f}")


if __name__ == "__main__":
    main()
