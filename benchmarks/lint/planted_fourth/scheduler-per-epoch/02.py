import random
from collections import defaultdict

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.optim import AdamW
from torch.utils.data import DataLoader, Dataset
from tqdm.auto import tqdm
from transformers import BertModel, BertTokenizerFast, get_linear_schedule_with_warmup

RANDOM_SEED = 42
random.seed(RANDOM_SEED)
np.random.seed(RANDOM_SEED)
torch.manual_seed(RANDOM_SEED)
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")

PRE_TRAINED_MODEL_NAME = "bert-base-cased"
EPOCHS = 4
BATCH_SIZE = 16
MAX_LEN = 160
CLASS_NAMES = ["negative", "neutral", "positive"]


class GPReviewDataset(Dataset):
    def __init__(self, reviews, targets, tokenizer, max_len):
        self.reviews, self.targets = reviews, targets
        self.tokenizer, self.max_len = tokenizer, max_len

    def __len__(self):
        return len(self.reviews)

    def __getitem__(self, item):
        enc = self.tokenizer(
            str(self.reviews[item]), max_length=self.max_len, padding="max_length", truncation=True, return_tensors="pt")
        return {
            "input_ids": enc["input_ids"].flatten(),
            "attention_mask": enc["attention_mask"].flatten(),
            "targets": torch.tensor(self.targets[item], dtype=torch.long),
        }


class SentimentClassifier(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.bert = BertModel.from_pretrained(PRE_TRAINED_MODEL_NAME)
        self.drop = nn.Dropout(p=0.3)
        self.out = nn.Linear(self.bert.config.hidden_size, n_classes)

    def forward(self, input_ids, attention_mask):
        pooled = self.bert(input_ids=input_ids, attention_mask=attention_mask).pooler_output
        return self.out(self.drop(pooled))


def create_data_loader(df, tokenizer, train):
    ds = GPReviewDataset(df.content.to_numpy(), df.sentiment.to_numpy(), tokenizer, MAX_LEN)
    return DataLoader(ds, batch_size=BATCH_SIZE, shuffle=train, num_workers=4)


def train_epoch(model, data_loader, loss_fn, optimizer, scheduler, n_examples):
    model.train()
    total = torch.zeros((), device=device)
    correct = torch.zeros((), device=device)
    for d in tqdm(data_loader):
        targets = d["targets"].to(device)
        outputs = model(d["input_ids"].to(device), d["attention_mask"].to(device))
        loss = loss_fn(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        total += loss.detach() * targets.size(0)
        correct += (outputs.argmax(dim=1) == targets).sum()
    scheduler.step()  # PLANTED
    return correct.item() / n_examples, total.item() / n_examples


def eval_model(model, data_loader, loss_fn, n_examples):
    model.eval()
    total = torch.zeros((), device=device)
    correct = torch.zeros((), device=device)
    with torch.no_grad():
        for d in data_loader:
            targets = d["targets"].to(device)
            outputs = model(d["input_ids"].to(device), d["attention_mask"].to(device))
            total += loss_fn(outputs, targets) * targets.size(0)
            correct += (outputs.argmax(dim=1) == targets).sum()
    return correct.item() / n_examples, total.item() / n_examples


df = pd.read_csv("reviews.csv")
df["sentiment"] = df.score.apply(lambda s: 0 if s <= 2 else (1 if s == 3 else 2))
df_train, df_val = train_test_split(df, test_size=0.1, random_state=RANDOM_SEED, stratify=df.sentiment)

tokenizer = BertTokenizerFast.from_pretrained(PRE_TRAINED_MODEL_NAME)
train_data_loader = create_data_loader(df_train, tokenizer, train=True)
val_data_loader = create_data_loader(df_val, tokenizer, train=False)

model = SentimentClassifier(len(CLASS_NAMES)).to(device)
optimizer = AdamW(model.parameters(), lr=2e-5, weight_decay=0.0)
total_steps = len(train_data_loader) * EPOCHS
scheduler = get_linear_schedule_with_warmup(
    optimizer, num_warmup_steps=int(0.1 * total_steps), num_training_steps=total_steps)
loss_fn = nn.CrossEntropyLoss().to(device)

history = defaultdict(list)
best_accuracy = 0
for epoch in range(EPOCHS):
    train_acc, train_loss = train_epoch(model, train_data_loader, loss_fn, optimizer, scheduler, len(df_train))
    val_acc, val_loss = eval_model(model, val_data_loader, loss_fn, len(df_val))
    print(f"Epoch {epoch + 1}/{EPOCHS} train loss {train_loss:.4f} acc {train_acc:.4f} val loss {val_loss:.4f} acc {val_acc:.4f}")
    for key, value in (("train_acc", train_acc), ("train_loss", train_loss), ("val_acc", val_acc), ("val_loss", val_loss)):
        history[key].append(value)
    if val_acc > best_accuracy:
        torch.save(model.state_dict(), "best_model_state.bin")
        best_accuracy = val_acc
