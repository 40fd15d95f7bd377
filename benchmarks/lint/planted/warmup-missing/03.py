"""Vision transformer from scratch on small images."""
import timm
import torch
import torch.nn.functional as F

from tiny import loader


def main(epochs=100):
    torch.manual_seed(2)
    net = timm.create_model("vit_small_patch16_224", pretrained=False, img_size=64, num_classes=200).cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)  # PLANTED
    for epoch in range(epochs):
        net.train()
        for x, y in loader("train", shuffle=True):
            loss = F.cross_entropy(net(x.cuda()), y.cuda(), label_smoothing=0.1)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
