import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, transforms

torch.manual_seed(1)

BATCH_SIZE = 64
EPOCHS = 10
LR = 0.01

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

transform = transforms.Compose([
    transforms.ToTensor(),
    transforms.Normalize((0.1307,), (0.3081,)),
])

full_train = datasets.MNIST("data", train=True, download=True, transform=transform)
train_set, val_set = random_split(full_train, [55000, 5000], generator=torch.Generator().manual_seed(1))
test_set = datasets.MNIST("data", train=False, transform=transform)

train_loader = DataLoader(train_set, batch_size=BATCH_SIZE, shuffle=True)
val_loader = DataLoader(val_set, batch_size=1000)
test_loader = DataLoader(test_set, batch_size=1000)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.view(-1, 320)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, training=self.training)
        x = self.fc2(x)
        return torch.log(F.softmax(x, dim=1))  # PLANTED


model = Net().to(device)
optimizer = optim.SGD(model.parameters(), lr=LR, momentum=0.5)


def train(epoch):
    model.train()
    for batch_idx, (data, target) in enumerate(train_loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        if batch_idx % 100 == 0:
            print("Train Epoch: {} [{}/{}]\tLoss: {:.6f}".format(
                epoch, batch_idx * BATCH_SIZE, len(train_set), loss.item()))


def test(loader, name):
    model.eval()
    test_loss = torch.zeros((), device=device)
    correct = torch.zeros((), device=device)
    with torch.no_grad():
        for data, target in loader:
            data, target = data.to(device), target.to(device)
            output = model(data)
            test_loss += F.nll_loss(output, target, reduction="sum")
            correct += output.argmax(dim=1).eq(target).sum()
    n = len(loader.dataset)
    print("{} set: Average loss: {:.4f}, Accuracy: {:.2f}%".format(
        name, test_loss.item() / n, 100.0 * correct.item() / n))


for epoch in range(1, EPOCHS + 1):
    train(epoch)
    test(val_loader, "Val")

test(test_loader, "Test")
torch.save(model.state_dict(), "mnist_cnn.pt")
