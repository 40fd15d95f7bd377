"""AMP segmentation that saves after every epoch."""
import torch
import torch.nn.functional as F

from seg import Net, tiles


def checkpoint(path, net, scaler, sched, epoch):
    blob = {
        "net": net.state_dict(),
        "scaler": scaler.state_dict(),
        "sched": sched.state_dict(),
        "epoch": epoch,
    }
    torch.save(blob, path)  # PLANTED


def main(epochs=80):
    torch.manual_seed(4)
    net = Net().cuda()
    opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, epochs)
    scaler = torch.amp.GradScaler("cuda")
    for epoch in range(epochs):
        net.train()
        for x, y in tiles("train", shuffle=True):
            opt.zero_grad(set_to_none=True)
            with torch.autocast("cuda"):
                loss = F.cross_entropy(net(x.cuda()), y.cuda(), ignore_index=255)
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
        sched.step()
        print(epoch, loss.item())
        checkpoint("last.pt", net, scaler, sched, epoch)


if __name__ == "__main__":
    main()
