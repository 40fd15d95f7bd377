"""Image captioning encoder, trained on a cluster whose jobs are cut off every four hours."""
import argparse
import pathlib

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from captions import CaptionRegions, RegionNet

ap = argparse.ArgumentParser(description=__doc__)
ap.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
ap.add_argument("--resume", action="store_true")
ap.add_argument("--epochs", type=int, default=90)
ap.add_argument("--lr", type=float, default=0.02)
args = ap.parse_args()

torch.manual_seed(404)
net = RegionNet().cuda()
opt = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=args.epochs)
loader = DataLoader(CaptionRegions("train"), batch_size=96, shuffle=True, num_workers=8)

last = args.out / "last.pt"
if args.resume and last.exists():
    ck = torch.load(last, map_location="cuda", weights_only=True)
    net.load_state_dict(ck["net"])
    opt.load_state_dict(ck["opt"])
    sched.load_state_dict(ck["sched"])
    print("resumed after epoch", ck["epoch"])

args.out.mkdir(parents=True, exist_ok=True)
for epoch in range(args.epochs):  # PLANTED
    net.train()
    total = torch.zeros((), device="cuda")
    for regions, phrase in loader:
        opt.zero_grad(set_to_none=True)
        loss = F.cross_entropy(net(regions.cuda()), phrase.cuda())
        loss.backward()
        opt.step()
        total += loss.detach()
    sched.step()
    print(f"epoch {epoch} loss {total.item() / len(loader):.4f} lr {sched.get_last_lr()[0]:.2e}")
    torch.save(
        {"net": net.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict(),
         "epoch": epoch},
        last,
    )
