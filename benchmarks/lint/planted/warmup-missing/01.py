"""Transformer language model from scratch."""
import torch
import torch.nn as nn

from wikitext import get_batch, VOCAB

torch.manual_seed(0)


class LM(nn.Module):
    def __init__(self, d=512):
        super().__init__()
        self.emb, self.pos = nn.Embedding(VOCAB, d), nn.Embedding(256, d)
        layer = nn.TransformerEncoderLayer(d, 8, 4 * d, batch_first=True)
        self.body = nn.TransformerEncoder(layer, 6)
        self.head = nn.Linear(d, VOCAB)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.size(1), device=x.device)
        return self.head(self.body(self.emb(x) + self.pos.weight[: x.size(1)], mask=mask))


model = LM().cuda().train()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)  # PLANTED
for step in range(50_000):
    x, y = get_batch("train")
    loss = nn.functional.cross_entropy(model(x.cuda()).flatten(0, 1), y.cuda().flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 100 == 0:
        print(step, loss.item())
