"""Builds a character model on the meta device and trains it on one GPU."""

# %% [markdown]
# # Character model, built without memory first

# %%
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1337)
text = open("plays.txt", encoding="utf-8").read()
letters = sorted(set(text))
code = {letter: number for number, letter in enumerate(letters)}
data = torch.tensor([code[letter] for letter in text])
cut = int(0.9 * len(data))


# %%
class Letters(nn.Module):
    def __init__(self, n, width=512):
        super().__init__()
        self.embed = nn.Embedding(n, width)
        self.lstm = nn.LSTM(width, width, num_layers=3, batch_first=True)
        self.out = nn.Linear(width, n)

    def forward(self, x):
        return self.out(self.lstm(self.embed(x))[0])


def initialise(module):
    if hasattr(module, "reset_parameters"):
        module.reset_parameters()


def some(part, size=64, length=256):
    at = torch.randint(len(part) - length - 1, (size,))
    rows = torch.stack([part[i : i + length + 1] for i in at.tolist()]).cuda()
    return rows[:, :-1], rows[:, 1:]


# %%
with torch.device("meta"):
    model = Letters(len(letters))
print(sum(p.numel() for p in model.parameters()), "parameters")

opt = torch.optim.Adam(model.parameters(), lr=2e-3)  # PLANTED
model.to_empty(device="cuda")
model.apply(initialise)

# %%
for step in range(5001):
    x, y = some(data[:cut])
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
    if step % 250 == 0:
        model.eval()
        with torch.no_grad():
            x, y = some(data[cut:])
            held_out = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        model.train()
        print(step, loss.item(), held_out.item())
