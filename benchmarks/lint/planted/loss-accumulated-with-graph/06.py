"""Object detector; a meter class averages what it is given."""
import torch
import torchvision


class Meter:
    def __init__(self):
        self.sum, self.n = 0.0, 0

    def update(self, value):
        self.sum = self.sum + value
        self.n += 1

    @property
    def mean(self):
        return self.sum / max(1, self.n)


def fit(loader, epochs=10, device="cuda"):
    torch.manual_seed(30)
    model = torchvision.models.detection.fasterrcnn_resnet50_fpn(num_classes=2).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9)
    for epoch in range(epochs):
        model.train()
        meter = Meter()
        for images, targets in loader:
            images = [i.to(device) for i in images]
            targets = [{k: v.to(device) for k, v in t.items()} for t in targets]
            losses = model(images, targets)
            loss = sum(losses.values())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            meter.update(loss)  # PLANTED
        print(f"epoch {epoch} loss {float(meter.mean):.3f}")
