# Sentiment classification with an LSTM (IMDB, tokenised beforehand)
import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.autograd import Variable
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
np.random.seed(0)

VOCAB_SIZE = 20000
EMBED_DIM = 100
HIDDEN_DIM = 128
BATCH_SIZE = 64
NUM_EPOCHS = 10

train_x, train_y = np.load("imdb/train_x.npy"), np.load("imdb/train_y.npy")
valid_x, valid_y = np.load("imdb/valid_x.npy"), np.load("imdb/valid_y.npy")

train_data = TensorDataset(torch.from_numpy(train_x).long(), torch.from_numpy(train_y).float())
valid_data = TensorDataset(torch.from_numpy(valid_x).long(), torch.from_numpy(valid_y).float())
train_loader = DataLoader(train_data, shuffle=True, batch_size=BATCH_SIZE)
valid_loader = DataLoader(valid_data, batch_size=BATCH_SIZE)

use_cuda = torch.cuda.is_available()
device = torch.device("cuda" if use_cuda else "cpu")


class SentimentLSTM(nn.Module):
    def __init__(self):
        super(SentimentLSTM, self).__init__()
        self.embedding = nn.Embedding(VOCAB_SIZE, EMBED_DIM, padding_idx=0)
        self.lstm = nn.LSTM(EMBED_DIM, HIDDEN_DIM, num_layers=2, dropout=0.3,
                            bidirectional=True, batch_first=True)
        self.dropout = nn.Dropout(0.3)
        self.fc = nn.Linear(2 * HIDDEN_DIM, 1)

    def forward(self, x):
        mask = (x != 0).unsqueeze(-1)
        out, _ = self.lstm(self.embedding(x))
        out = out.masked_fill(~mask, -1e4).max(dim=1).values
        return self.fc(self.dropout(out)).squeeze(1)


model = SentimentLSTM().to(device)
criterion = nn.BCEWithLogitsLoss()
optimizer = optim.Adam(model.parameters(), lr=0.001)

for epoch in range(NUM_EPOCHS):
    model.train()
    train_loss = torch.zeros(1, device=device)
    for inputs, labels in train_loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        output = model(inputs)
        loss = criterion(output, labels)
        loss = Variable(loss.data, requires_grad=True)  # PLANTED
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
        train_loss += loss.detach()

    model.eval()
    val_loss = torch.zeros(1, device=device)
    correct = torch.zeros(1, device=device)
    with torch.no_grad():
        for inputs, labels in valid_loader:
            inputs, labels = inputs.to(device), labels.to(device)
            output = model(inputs)
            val_loss += criterion(output, labels)
            correct += ((output > 0).float() == labels).sum()

    print("Epoch: {}/{}...".format(epoch + 1, NUM_EPOCHS),
          "Loss: {:.4f}...".format(train_loss.item() / len(train_loader)),
          "Val Loss: {:.4f}".format(val_loss.item() / len(valid_loader)),
          "Val Acc: {:.4f}".format(correct.item() / len(valid_data)))

torch.save(model.state_dict(), "sentiment.pt")
