"""Adapt a frozen causal model to legal prose through low-rank updates of its projections."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, get_linear_schedule_with_warmup

from legal import TokenBlocks


class LowRank(nn.Module):
    def __init__(self, base: nn.Linear, rank: int = 8, alpha: float = 16.0) -> None:
        super().__init__()
        self.base = base
        self.scale = alpha / rank
        self.a = nn.Parameter(torch.empty(rank, base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.a, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + self.scale * (x @ self.a.T) @ self.b.T


def adapt(model: nn.Module, targets: tuple[str, ...] = ("q_proj", "v_proj")) -> list[nn.Parameter]:
    model.requires_grad_(False)
    found = [
        (parent, name)
        for parent in model.modules()
        for name, child in parent.named_children()
        if name in targets and isinstance(child, nn.Linear)
    ]
    for parent, name in found:
        setattr(parent, name, LowRank(getattr(parent, name)))
    return [p for p in model.parameters() if p.requires_grad]


def main(epochs: int = 2) -> None:
    torch.manual_seed(8)
    model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-0.5B")
    learned = adapt(model)
    model.cuda().train()
    opt = torch.optim.AdamW(learned, lr=2e-4, weight_decay=0.0)
    loader = DataLoader(TokenBlocks("statutes", length=1024), batch_size=4, shuffle=True)
    total = epochs * len(loader)
    sched = get_linear_schedule_with_warmup(opt, total // 20, total)
    for epoch in range(epochs):
        for i, ids in enumerate(loader):
            ids = ids.cuda()
            with torch.autocast("cuda", dtype=torch.bfloat16):
                loss = model(input_ids=ids, labels=ids).loss
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learned, 1.0)
            opt.step()
            sched.step()
            if i % 50 == 0:
                print(f"epoch {epoch} block batch {i} loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
