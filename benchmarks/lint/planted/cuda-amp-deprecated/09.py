"""Pose estimation; resumes scaler state with the rest."""
import torch
from torch.cuda.amp import GradScaler

from pose import HRNet, heatmaps


def load(path, net, opt, scaler):
    ck = torch.load(path, map_location="cpu", weights_only=True)
    net.load_state_dict(ck["net"])
    opt.load_state_dict(ck["opt"])
    scaler.load_state_dict(ck["scaler"])
    torch.set_rng_state(ck["rng"])
    return ck["epoch"] + 1


def main(resume=None, epochs=210):
    torch.manual_seed(0)
    net = HRNet().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    scaler = GradScaler(enabled=torch.cuda.is_available())  # PLANTED
    start = load(resume, net, opt, scaler) if resume else 0
    for epoch in range(start, epochs):
        net.train()
        for img, hm in heatmaps("train", shuffle=True):
            opt.zero_grad()
            with torch.amp.autocast("cuda"):
                loss = torch.nn.functional.mse_loss(net(img.cuda()), hm.cuda())
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
        print(epoch, loss.item())
        torch.save({"net": net.state_dict(), "opt": opt.state_dict(), "scaler": scaler.state_dict(),
                    "rng": torch.get_rng_state(), "epoch": epoch}, "last.pt")


if __name__ == "__main__":
    main()
