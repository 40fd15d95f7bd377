"""Crop classifier with a cosine rate."""
import torch
import torch.nn.functional as F

from crops import CropNet, loader


def trainable(model):
    return [p for n, p in model.named_parameters() if "weight" in n]


def run(epochs=30):
    torch.manual_seed(8)
    model = CropNet(9).cuda()
    sgd = torch.optim.SGD(trainable(model), lr=0.05, momentum=0.9)  # PLANTED
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, epochs)
    for epoch in range(epochs):
        model.train()
        for x, y in loader("train", shuffle=True):
            loss = F.cross_entropy(model(x.cuda()), y.cuda())
            sgd.zero_grad()
            loss.backward()
            sgd.step()
        cosine.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    run()
