"""Character transformer whose forward returns distribution and loss."""
import torch
import torch.nn as nn
from torch.nn import functional as F


class CharLM(nn.Module):
    def __init__(self, vocab, block=128, dim=256, heads=8, layers=4):
        super().__init__()
        self.tok = nn.Embedding(vocab, dim)
        self.pos = nn.Parameter(torch.zeros(block, dim))
        layer = nn.TransformerEncoderLayer(dim, heads, 4 * dim, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, layers)
        self.head = nn.Linear(dim, vocab)

    def forward(self, idx, targets=None):
        t = idx.size(1)
        mask = nn.Transformer.generate_square_subsequent_mask(t).to(idx.device)
        h = self.blocks(self.tok(idx) + self.pos[:t], mask=mask, is_causal=True)
        p = torch.softmax(self.head(h), dim=-1)  # PLANTED
        loss = None
        if targets is not None:
            loss = F.cross_entropy(p.view(-1, p.size(-1)), targets.view(-1))
        return p, loss


def train(get_batch, vocab, steps=5000):
    torch.manual_seed(1337)
    model = CharLM(vocab)
    opt = torch.optim.Adam(model.parameters(), lr=3e-4)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=200)
    for step in range(steps):
        x, y = get_batch()
        _, loss = model(x, y)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        warm.step()
        if step % 250 == 0:
            print(f"step {step}: {loss.item():.4f}")
