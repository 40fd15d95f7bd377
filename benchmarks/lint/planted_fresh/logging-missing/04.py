"""Fine-tune a reranker for search; Accelerate takes care of devices and files."""

from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from torch.utils.data import DataLoader
from tqdm.auto import trange
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_scheduler

from search import RankedTriples


def collate_with(tokenizer):
    def collate(triples):
        queries, good, bad = zip(*triples)
        return tokenizer(
            list(queries) * 2, list(good) + list(bad), padding=True, truncation=True,
            max_length=256, return_tensors="pt",
        )

    return collate


def main(name: str = "microsoft/MiniLM-L12-H384-uncased", epochs: int = 2) -> None:
    set_seed(2019)
    accelerator = Accelerator(mixed_precision="bf16")
    tokenizer = AutoTokenizer.from_pretrained(name)
    model = AutoModelForSequenceClassification.from_pretrained(name, num_labels=1)
    loader = DataLoader(
        RankedTriples("msmarco"), batch_size=16, shuffle=True, collate_fn=collate_with(tokenizer)
    )
    opt = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.0)
    model, opt, loader = accelerator.prepare(model, opt, loader)
    total = epochs * len(loader)
    sched = get_scheduler("linear", opt, num_warmup_steps=total // 10, num_training_steps=total)
    model.train()
    for epoch in trange(epochs, disable=not accelerator.is_main_process):  # PLANTED
        for batch in loader:
            scores = model(**batch).logits.squeeze(-1)
            good, bad = scores.chunk(2)
            loss = nn.functional.softplus(bad - good).mean()
            opt.zero_grad()
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            sched.step()
        accelerator.save_state(Path("reranker") / f"epoch-{epoch}")
    accelerator.end_training()


if __name__ == "__main__":
    main()
