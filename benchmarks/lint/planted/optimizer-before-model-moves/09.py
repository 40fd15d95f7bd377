"""Resume a keypoint network on the GPU."""
import torch
from torch import nn

from keypoint import KeypointNet, loader


def resume(path):
    net = KeypointNet(17)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)  # PLANTED
    ck = torch.load(path, map_location="cpu", weights_only=True)
    net.load_state_dict(ck["net"])
    opt.load_state_dict(ck["opt"])
    torch.set_rng_state(ck["rng"])
    net.cuda()
    return net, opt, ck["epoch"] + 1


def main():
    torch.manual_seed(0)
    net, opt, first = resume("last.pt")
    for epoch in range(first, 100):
        net.train()
        for img, hm in loader("train", shuffle=True):
            opt.zero_grad()
            loss = nn.functional.mse_loss(net(img.cuda()), hm.cuda())
            loss.backward()
            opt.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
