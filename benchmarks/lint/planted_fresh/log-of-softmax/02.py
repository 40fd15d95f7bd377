"""Contrastive learning of sentences with two dropout passes (SimCSE), the loss by hand."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

NAME, HEAT, EPOCHS = "distilbert/distilroberta-base", 0.05, 1


def info_nce(a, b):
    sims = F.normalize(a, dim=-1) @ F.normalize(b, dim=-1).T / HEAT
    weights = sims.exp()
    return -torch.log(weights.diagonal() / weights.sum(dim=1)).mean()  # PLANTED


def main():
    torch.manual_seed(2021)
    tokenizer = AutoTokenizer.from_pretrained(NAME)
    encoder = AutoModel.from_pretrained(NAME).cuda().train()
    sentences = [s.strip() for s in open("wiki1m.txt", encoding="utf-8")]
    loader = DataLoader(sentences, batch_size=128, shuffle=True, drop_last=True)
    opt = torch.optim.AdamW(encoder.parameters(), lr=3e-5, weight_decay=0.0)
    total = EPOCHS * len(loader)
    schedule = get_linear_schedule_with_warmup(opt, total // 20, total)

    def embed(batch):
        return encoder(**batch).last_hidden_state[:, 0]

    for epoch in range(EPOCHS):
        for i, texts in enumerate(loader):
            batch = tokenizer(
                texts, padding=True, truncation=True, max_length=32, return_tensors="pt"
            ).to("cuda")
            loss = info_nce(embed(batch), embed(batch))
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            opt.step()
            schedule.step()
            if i % 100 == 0:
                print(f"batch {i}/{len(loader)} loss {loss.item():.4f}")


main()
