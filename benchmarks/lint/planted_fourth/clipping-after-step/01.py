import os

import torch
import torch.nn as nn
import torch.optim as optim

# settings
DATA_DIR = './data/wikitext-2'
EMSIZE = 400
NHID = 800
NLAYERS = 2
DROPOUT = 0.4
BPTT = 35
BATCH_SIZE = 20
EVAL_BATCH_SIZE = 10
LR = 5.0
CLIP = 0.25
EPOCHS = 30
LOG_INTERVAL = 200

torch.manual_seed(1111)
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')


class Corpus:
    def __init__(self, path):
        self.word2idx = {}
        self.train = self.tokenize(os.path.join(path, 'train.txt'))
        self.valid = self.tokenize(os.path.join(path, 'valid.txt'))

    def tokenize(self, path):
        ids = []
        with open(path, encoding='utf8') as f:
            for line in f:
                for word in line.split() + ['<eos>']:
                    ids.append(self.word2idx.setdefault(word, len(self.word2idx)))
        return torch.tensor(ids)


def batchify(data, bsz):
    nbatch = data.size(0) // bsz
    return data[:nbatch * bsz].view(bsz, -1).t().contiguous().to(device)


def get_batch(source, i):
    seq_len = min(BPTT, len(source) - 1 - i)
    return source[i:i + seq_len], source[i + 1:i + 1 + seq_len].reshape(-1)


class RNNModel(nn.Module):
    def __init__(self, ntoken):
        super().__init__()
        self.drop = nn.Dropout(DROPOUT)
        self.encoder = nn.Embedding(ntoken, EMSIZE)
        self.rnn = nn.LSTM(EMSIZE, NHID, NLAYERS, dropout=DROPOUT)
        self.decoder = nn.Linear(NHID, ntoken)

    def forward(self, x, hidden):
        out, hidden = self.rnn(self.drop(self.encoder(x)), hidden)
        return self.decoder(self.drop(out)).flatten(0, 1), hidden

    def init_hidden(self, bsz):
        return (torch.zeros(NLAYERS, bsz, NHID, device=device), torch.zeros(NLAYERS, bsz, NHID, device=device))


def repackage(h):
    return tuple(v.detach() for v in h)


corpus = Corpus(DATA_DIR)
ntokens = len(corpus.word2idx)
train_data = batchify(corpus.train, BATCH_SIZE)
val_data = batchify(corpus.valid, EVAL_BATCH_SIZE)

model = RNNModel(ntokens).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=LR)
scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.25, patience=0)


def evaluate():
    model.eval()
    total = torch.zeros((), device=device)
    hidden = model.init_hidden(EVAL_BATCH_SIZE)
    with torch.no_grad():
        for i in range(0, val_data.size(0) - 1, BPTT):
            x, y = get_batch(val_data, i)
            output, hidden = model(x, hidden)
            total += len(x) * criterion(output, y)
    return total.item() / (len(val_data) - 1)


def train(epoch):
    model.train()
    total = torch.zeros((), device=device)
    hidden = model.init_hidden(BATCH_SIZE)
    for batch, i in enumerate(range(0, train_data.size(0) - 1, BPTT), 1):
        x, y = get_batch(train_data, i)
        hidden = repackage(hidden)
        optimizer.zero_grad()
        output, hidden = model(x, hidden)
        loss = criterion(output, y)
        loss.backward()
        optimizer.step()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)  # PLANTED
        total += loss.detach()
        if batch % LOG_INTERVAL == 0:
            print('| epoch {:3d} | batch {:5d} | loss {:5.2f}'.format(epoch, batch, total.item() / LOG_INTERVAL))
            total.zero_()


best = float('inf')
for epoch in range(1, EPOCHS + 1):
    train(epoch)
    val_loss = evaluate()
    scheduler.step(val_loss)
    print('| end of epoch {:3d} | valid loss {:5.2f}'.format(epoch, val_loss))
    if val_loss < best:
        best = val_loss
        torch.save(model.state_dict(), 'lstm_wt2.pt')
