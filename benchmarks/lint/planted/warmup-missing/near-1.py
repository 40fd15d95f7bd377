"""A transformer whose rate is raised by hand over its first steps."""
import torch
import torch.nn.functional as F
from torch import nn


def rise_and_fall(step, peak, up, total):
    return peak * min((step + 1) / up, max(0.1, 1 - step / total))


def train(batches, vocab, d=256, total=20_000):
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(d, 8, batch_first=True)
    net = nn.ModuleDict({"e": nn.Embedding(vocab, d), "t": nn.TransformerEncoder(layer, 4), "o": nn.Linear(d, vocab)})
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for step, (x, y) in zip(range(total), batches):
        for g in opt.param_groups:
            g["lr"] = rise_and_fall(step, 1e-3, 500, total)
        mask = nn.Transformer.generate_square_subsequent_mask(x.size(1))
        loss = F.cross_entropy(net["o"](net["t"](net["e"](x), mask=mask)).flatten(0, 1), y.flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
