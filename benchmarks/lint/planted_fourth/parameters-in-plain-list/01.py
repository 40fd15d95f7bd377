import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class NeuralNetwork(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, num_classes):
        super(NeuralNetwork, self).__init__()
        self.input_layer = nn.Linear(input_size, hidden_size)
        self.hidden_layers = []
        for i in range(num_layers):
            self.hidden_layers.append(nn.Linear(hidden_size, hidden_size))  # PLANTED
        self.output_layer = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        x = F.relu(self.input_layer(x))
        for layer in self.hidden_layers:
            x = F.relu(layer(x))
        return self.output_layer(x)


def main():
    # hyperparameters
    hidden_size = 64
    num_layers = 3
    learning_rate = 0.001
    batch_size = 32
    num_epochs = 40

    digits = load_digits()
    X = torch.tensor(digits.data / 16.0, dtype=torch.float32)
    y = torch.tensor(digits.target, dtype=torch.long)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)

    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=batch_size, shuffle=True)
    test_loader = DataLoader(TensorDataset(X_test, y_test), batch_size=256, shuffle=False)

    model = NeuralNetwork(X.shape[1], hidden_size, num_layers, 10)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)

    for epoch in range(num_epochs):
        model.train()
        epoch_loss = torch.zeros(())
        for batch_x, batch_y in train_loader:
            optimizer.zero_grad()
            out = model(batch_x)
            loss = criterion(out, batch_y)
            loss.backward()
            optimizer.step()
            epoch_loss += loss.detach()

        if (epoch + 1) % 5 == 0:
            print(f"Epoch {epoch + 1}/{num_epochs}, loss = {epoch_loss.item() / len(train_loader):.4f}")

    model.eval()
    correct = 0
    with torch.no_grad():
        for batch_x, batch_y in test_loader:
            correct += (model(batch_x).argmax(dim=1) == batch_y).sum().item()
    print(f"Test accuracy: {correct / len(X_test):.4f}")


if __name__ == "__main__":
    main()
