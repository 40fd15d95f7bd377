"""Notebook: an image as a function of its coordinates (SIREN), fitted until the budget is spent."""

# %%
import math
import time

import torch
from PIL import Image
from torch import nn
from torchvision.transforms.functional import to_tensor

# %%
torch.manual_seed(30)
image = to_tensor(Image.open("cameraman.png").convert("L"))[0]
rows, cols = image.shape
grid = torch.stack(
    torch.meshgrid(torch.linspace(-1, 1, rows), torch.linspace(-1, 1, cols), indexing="ij"), dim=-1
).view(-1, 2).cuda()
values = image.view(-1).cuda()


# %%
class Sine(nn.Module):
    def __init__(self, inputs, outputs, w0=30.0, first=False):
        super().__init__()
        self.w0 = w0
        self.linear = nn.Linear(inputs, outputs)
        bound = 1 / inputs if first else math.sqrt(6 / inputs) / w0
        nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x):
        return torch.sin(self.w0 * self.linear(x))


siren = nn.Sequential(
    Sine(2, 256, first=True), Sine(256, 256), Sine(256, 256), nn.Linear(256, 1)
).cuda()
opt = torch.optim.Adam(siren.parameters(), lr=1e-4)

# %%
MINUTES = 10
begin = time.monotonic()
steps = 0
while time.monotonic() - begin < 60 * MINUTES:  # PLANTED
    pick = torch.randint(len(values), (16_384,), device="cuda")
    loss = (siren(grid[pick]).squeeze(1) - values[pick]).square().mean()
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    steps += 1

# %%
checkpoint = {"siren": siren.state_dict(), "opt": opt.state_dict(), "steps": steps}
torch.save(checkpoint, "cameraman_siren.pt")
