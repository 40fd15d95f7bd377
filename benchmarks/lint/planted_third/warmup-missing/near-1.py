"""Trains a transformer that adds numbers; the rate is set by hand before every update."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(123)
DIGITS, WIDTH, PEAK = 6, 256, 1e-3

encoder = nn.TransformerEncoder(
    nn.TransformerEncoderLayer(WIDTH, 4, 1024, batch_first=True, norm_first=True),
    num_layers=4,
    enable_nested_tensor=False,
)
model = nn.ModuleDict(
    {
        "digit": nn.Embedding(10, WIDTH),
        "place": nn.Embedding(2 * DIGITS, WIDTH),
        "encoder": encoder,
        "out": nn.Linear(WIDTH, 10),
    }
)
optimizer = torch.optim.Adam(model.parameters(), lr=PEAK)
powers = 10 ** torch.arange(DIGITS)


def sums(n):
    a, b = torch.randint(10**DIGITS // 2, (2, n, 1))
    digits = torch.cat([a // powers % 10, b // powers % 10], dim=1)
    return digits, (a + b) // powers % 10


def logits_of(digits):
    x = model["digit"](digits) + model["place"].weight
    return model["out"](model["encoder"](x)[:, :DIGITS])


for update in range(20_000):
    optimizer.param_groups[0]["lr"] = PEAK * min(1.0, (update + 1) / 500, (1000 / (update + 1)) ** 0.5)
    digits, answer = sums(256)
    loss = F.cross_entropy(logits_of(digits).transpose(1, 2), answer)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if update % 200 == 0:
        print(update, f"{loss.item():.4f}")
