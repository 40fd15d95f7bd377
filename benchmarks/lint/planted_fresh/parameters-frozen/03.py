"""Fine-tune the last stage and a new head of a ResNet on chest radiographs."""
import logging
import sys

import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision.transforms import v2

logging.basicConfig(level=logging.INFO, stream=sys.stdout)
log = logging.getLogger("xray")

FINDINGS = 14


def make_model():
    m = torchvision.models.resnet50(weights="IMAGENET1K_V2")
    m.fc = torch.nn.Linear(m.fc.in_features, FINDINGS)
    m.requires_grad_(False)  # PLANTED
    m.layer4.requires_grad_(True)
    return m


def main():
    from radiographs import Radiographs

    torch.manual_seed(77)
    tf = v2.Compose([v2.Resize(256), v2.RandomCrop(224), v2.ToImage(),
                     v2.ToDtype(torch.float32, scale=True)])
    loader = DataLoader(Radiographs("train", tf), batch_size=48, shuffle=True, num_workers=8)
    model = make_model().cuda()
    learn = [p for p in model.parameters() if p.requires_grad]
    log.info("%d tensors learn", len(learn))
    opt = torch.optim.SGD(learn, lr=3e-3, momentum=0.9)
    bce = torch.nn.BCEWithLogitsLoss()

    for epoch in range(12):
        model.train()
        for it, (img, y) in enumerate(loader):
            opt.zero_grad(set_to_none=True)
            loss = bce(model(img.cuda()), y.float().cuda())
            loss.backward()
            opt.step()
            if it % 100 == 99:
                log.info("epoch %d it %d loss %.4f", epoch, it, loss.item())


main()
