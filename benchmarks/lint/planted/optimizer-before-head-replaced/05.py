"""Faster R-CNN for two classes (penguins)."""
import torch
import torchvision
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor

from penguins import loader

torch.manual_seed(40)
device = torch.device("cuda")
model = torchvision.models.detection.fasterrcnn_resnet50_fpn(weights="DEFAULT").to(device)
params = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.SGD(params, lr=0.005, momentum=0.9)  # PLANTED
in_features = model.roi_heads.box_predictor.cls_score.in_features
model.roi_heads.box_predictor = FastRCNNPredictor(in_features, 2).to(device)

for epoch in range(10):
    model.train()
    for images, targets in loader(shuffle=True):
        images = [i.to(device) for i in images]
        targets = [{k: v.to(device) for k, v in t.items()} for t in targets]
        loss = sum(model(images, targets).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
