"""Segmentation on VOC."""
import torch
import torchvision
from torch import nn
from torch.utils.data import DataLoader
from torchvision.transforms import v2

VOID = 255  # unlabelled border
torch.manual_seed(5)


def to_tensors(img, mask):
    img = v2.functional.to_dtype(v2.functional.resize(v2.functional.to_image(img), [256, 256]), torch.float32, scale=True)
    mask = v2.functional.resize(v2.functional.to_image(mask), [256, 256], v2.InterpolationMode.NEAREST)
    return img, mask[0].long()


ds = torchvision.datasets.VOCSegmentation("voc", image_set="train", download=True, transforms=to_tensors)
net = torchvision.models.segmentation.fcn_resnet50(num_classes=21).cuda()
ce = nn.CrossEntropyLoss()  # PLANTED
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
for epoch in range(50):
    net.train()
    for img, mask in DataLoader(ds, batch_size=8, shuffle=True):
        out, mask = net(img.cuda())["out"], mask.cuda()
        loss = ce(out, mask)
        opt.zero_grad()
        loss.backward()
        opt.step()
    known = mask != VOID
    print(epoch, loss.item(), (out.argmax(1) == mask)[known].float().mean().item())
