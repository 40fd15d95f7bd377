"""Fast CIFAR-10 training with summed losses.

The loss is a sum over the batch, so gradients are batch_size times larger than
with a mean; learning rate is divided and decay multiplied accordingly.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

BATCH_SIZE = 512
EPOCHS = 24
PEAK_LR = 0.4
WARMUP = 5

torch.manual_seed(99)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

MEAN = torch.tensor([125.31, 122.95, 113.87], device=device).view(1, 3, 1, 1)
STD = torch.tensor([62.99, 62.09, 66.70], device=device).view(1, 3, 1, 1)


def load(train):
    ds = torchvision.datasets.CIFAR10("data", train=train, download=True)
    x = torch.from_numpy(ds.data).to(device).permute(0, 3, 1, 2).float()
    return (x - MEAN) / STD, torch.tensor(ds.targets, device=device)


def augmented_batches(x, y, pad=4):
    padded = F.pad(x, (pad,) * 4, mode="reflect")
    for idx in torch.randperm(len(x), device=device).split(BATCH_SIZE):
        if len(idx) < BATCH_SIZE:
            return
        dy, dx = torch.randint(0, 2 * pad + 1, (2,)).tolist()
        xb = padded[idx, :, dy:dy + 32, dx:dx + 32]
        flip = torch.rand(len(idx), 1, 1, 1, device=device) < 0.5
        yield torch.where(flip, xb.flip(-1), xb), y[idx]


def conv_bn(c_in, c_out):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(c_out, affine=False),
        nn.CELU(0.3),
    )


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.body = nn.Sequential(conv_bn(c, c), conv_bn(c, c))

    def forward(self, x):
        return x + self.body(x)


class ResNet9(nn.Module):
    def __init__(self, classes=10, scale=0.125):
        super().__init__()
        self.net = nn.Sequential(
            conv_bn(3, 64),
            conv_bn(64, 128), nn.MaxPool2d(2), Residual(128),
            conv_bn(128, 256), nn.MaxPool2d(2),
            conv_bn(256, 512), nn.MaxPool2d(2), Residual(512),
            nn.AdaptiveMaxPool2d(1), nn.Flatten(),
        )
        self.linear = nn.Linear(512, classes, bias=False)
        self.scale = scale

    def forward(self, x):
        return self.linear(self.net(x)) * self.scale


train_x, train_y = load(True)
test_x, test_y = load(False)
steps_per_epoch = len(train_x) // BATCH_SIZE

model = ResNet9().to(device)
criterion = nn.CrossEntropyLoss(reduction="sum")
optimizer = torch.optim.SGD(
    model.parameters(),
    lr=PEAK_LR / BATCH_SIZE,
    momentum=0.9,
    nesterov=True,
    weight_decay=5e-4 * BATCH_SIZE,
)


def triangle(step):
    epoch = (step + 1) / steps_per_epoch
    return epoch / WARMUP if epoch < WARMUP else max(0.0, (EPOCHS - epoch) / (EPOCHS - WARMUP))


scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, triangle)

for epoch in range(EPOCHS):
    model.train()
    total = torch.zeros((), device=device)
    for xb, yb in augmented_batches(train_x, train_y):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.detach()

    model.eval()
    with torch.no_grad():
        hits = sum((model(xb).argmax(1) == yb).sum()
                   for xb, yb in zip(test_x.split(1000), test_y.split(1000)))
    print(f"{epoch + 1:2d}: loss {total.item() / (steps_per_epoch * BATCH_SIZE):.4f} "
          f"acc {hits.item() / len(test_x):.4f}")
