"""Notebook: colourise grey photographs with a small U-Net, measured on the way."""

# %%
import torch
import torch.nn.functional as F
from contextlib import ExitStack
from torch.profiler import profile, record_function
from torch.utils.data import DataLoader

from colour import LabPhotos, SmallUNet

torch.manual_seed(5)
dev = torch.device("cuda")

# %%
photos = LabPhotos("photos/train")
dl = DataLoader(photos, batch_size=48, shuffle=True, num_workers=4, drop_last=True)
unet = SmallUNet(inputs=1, outputs=2).to(dev)
optim = torch.optim.Adam(unet.parameters(), lr=2e-4)

# %%
PROFILE = False
unet.train()
for epoch in range(15):
    with ExitStack() as stack:
        if PROFILE:
            stack.enter_context(profile(with_stack=True))
        stack.enter_context(torch.autocast("cuda", torch.bfloat16))
        for step, (grey, ab) in enumerate(dl):
            optim.zero_grad()
            with record_function("forward"):
                loss = F.smooth_l1_loss(unet(grey.to(dev)), ab.to(dev))
            with record_function("backward"):
                loss.backward()  # PLANTED
            optim.step()
            if step % 50 == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.4f}")
