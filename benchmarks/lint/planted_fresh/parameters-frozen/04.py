"""Fine-tune a dual encoder (queries and passages) end to end on search logs."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from transformers import AutoModel, AutoTokenizer, get_cosine_schedule_with_warmup, set_seed


class DualEncoder(nn.Module):
    def __init__(self, name: str, out: int = 256):
        super().__init__()
        self.body = AutoModel.from_pretrained(name)
        self.query = nn.Linear(self.body.config.hidden_size, out)
        self.passage = nn.Linear(self.body.config.hidden_size, out)

    @torch.no_grad()  # PLANTED
    def pooled(self, enc):
        hidden = self.body(**enc).last_hidden_state
        mask = enc["attention_mask"].unsqueeze(-1)
        return (hidden * mask).sum(1) / mask.sum(1)

    def forward(self, q, p):
        q = F.normalize(self.query(self.pooled(q)), dim=-1)
        p = F.normalize(self.passage(self.pooled(p)), dim=-1)
        return q @ p.T / 0.05


def main(name="distilbert-base-uncased", epochs=2, lr=2e-5):
    set_seed(0)
    tok = AutoTokenizer.from_pretrained(name)
    model = DualEncoder(name).cuda().train()

    with open("clicks.tsv", encoding="utf-8") as f:
        clicks = [tuple(line.rstrip("\n").split("\t")) for line in f]

    def collate(rows):
        return tuple(
            tok(list(side), padding=True, truncation=True, max_length=128, return_tensors="pt")
            for side in zip(*rows, strict=True)
        )

    loader = DataLoader(clicks, 64, shuffle=True, collate_fn=collate, drop_last=True)
    opt = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.0)
    total = epochs * len(loader)
    sched = get_cosine_schedule_with_warmup(opt, total // 10, total)
    for epoch in range(epochs):
        for step, (q, p) in enumerate(loader):
            scores = model(q.to("cuda"), p.to("cuda"))
            loss = F.cross_entropy(scores, torch.arange(len(scores), device="cuda"))
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()
            if step % 100 == 0:
                print(f"{epoch}.{step} {loss.item():.3f}")


if __name__ == "__main__":
    main()
