"""Prompt tuning: learned vectors are put before the frozen model's embeddings."""
import torch
from torch import nn


class PromptTuned(nn.Module):
    def __init__(self, lm, n_tokens=20):
        super().__init__()
        self.lm = lm
        for p in lm.parameters():
            p.requires_grad_(False)
        d = lm.get_input_embeddings().embedding_dim
        self.prompts = [nn.Parameter(torch.randn(d) * 0.02) for _ in range(n_tokens)]  # PLANTED
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, ids, labels):
        e = self.lm.get_input_embeddings()(ids)
        p = (self.scale * torch.stack(self.prompts)).expand(len(ids), -1, -1)
        pad = labels.new_full((len(ids), p.size(1)), -100)
        return self.lm(inputs_embeds=torch.cat([p, e], 1), labels=torch.cat([pad, labels], 1)).loss


def tune(lm, loader, epochs=3):
    torch.manual_seed(8)
    model = PromptTuned(lm)
    opt = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.1)
    model.train()
    for epoch in range(epochs):
        for ids, labels in loader:
            loss = model(ids, labels)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
