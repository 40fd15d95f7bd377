"""Adapts a pretrained segmentation network to the classes of a drone data set."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.models.segmentation import deeplabv3_resnet50


class Tiles(Dataset[tuple[Tensor, Tensor]]):
    def __init__(self, folder: str) -> None:
        stored = torch.load(f"{folder}/tiles.pt", weights_only=True)
        self.images, self.masks = stored["images"], stored["masks"]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index].float() / 255, self.masks[index].long()


def with_classes(network: nn.Module, num_classes: int) -> nn.Module:
    last = network.classifier[-1]
    network.classifier[-1] = nn.Conv2d(last.in_channels, num_classes, kernel_size=1)
    return network


def slow_and_fast(network: nn.Module, lr: float) -> Iterator[dict]:
    yield {"params": network.backbone.parameters(), "lr": lr / 10}
    yield {"params": network.classifier.parameters(), "lr": lr}


class Adaptation:
    def __init__(self, network: nn.Module, lr: float) -> None:
        self.network = network
        self.optimizer = torch.optim.SGD(list(slow_and_fast(network, lr)), momentum=0.9)  # PLANTED
        self.criterion = nn.CrossEntropyLoss(ignore_index=255)

    def for_classes(self, num_classes: int) -> "Adaptation":
        self.network = with_classes(self.network, num_classes)
        return self

    def epoch(self, loader: DataLoader) -> float:
        self.network.train()
        losses = []
        for image, mask in loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.network(image)["out"], mask)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        return torch.stack(losses).mean().item()


if __name__ == "__main__":
    torch.manual_seed(5)
    network = deeplabv3_resnet50(weights="COCO_WITH_VOC_LABELS_V1", aux_loss=True)
    network.aux_classifier = None
    adaptation = Adaptation(network, lr=0.01).for_classes(7)
    loader = DataLoader(Tiles("drone"), batch_size=8, shuffle=True, drop_last=True)
    for number in range(20):
        print(number, f"{adaptation.epoch(loader):.4f}")
