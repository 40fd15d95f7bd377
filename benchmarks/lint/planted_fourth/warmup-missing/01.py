# Fine-tuning BERT on CoLA, plain PyTorch loop
import random

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import matthews_corrcoef
from sklearn.model_selection import train_test_split
from torch.optim import AdamW
from torch.utils.data import DataLoader, RandomSampler, SequentialSampler, TensorDataset
from transformers import BertForSequenceClassification, BertTokenizer, get_linear_schedule_with_warmup

seed_val = 42
random.seed(seed_val)
np.random.seed(seed_val)
torch.manual_seed(seed_val)
torch.cuda.manual_seed_all(seed_val)

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
batch_size = 32
epochs = 4

df = pd.read_csv(
    "./cola_public/raw/in_domain_train.tsv",
    delimiter="\t",
    header=None,
    names=["sentence_source", "label", "label_notes", "sentence"],
)
print(f"Number of training sentences: {df.shape[0]:,}")
train_df, val_df = train_test_split(df, test_size=0.1, random_state=seed_val, stratify=df.label)

tokenizer = BertTokenizer.from_pretrained("bert-base-uncased", do_lower_case=True)


def make_dataset(frame):
    encoded = tokenizer(
        frame.sentence.tolist(), padding="max_length", truncation=True, max_length=64, return_tensors="pt"
    )
    return TensorDataset(encoded["input_ids"], encoded["attention_mask"], torch.tensor(frame.label.values))


train_dataset = make_dataset(train_df)
val_dataset = make_dataset(val_df)
train_dataloader = DataLoader(train_dataset, sampler=RandomSampler(train_dataset), batch_size=batch_size)
validation_dataloader = DataLoader(val_dataset, sampler=SequentialSampler(val_dataset), batch_size=batch_size)

model = BertForSequenceClassification.from_pretrained("bert-base-uncased", num_labels=2)
model.to(device)

no_decay = ["bias", "LayerNorm.weight"]
optimizer_grouped_parameters = [
    {"params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)], "weight_decay": 0.01},
    {"params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)], "weight_decay": 0.0},
]
optimizer = AdamW(optimizer_grouped_parameters, lr=2e-5, eps=1e-8)

total_steps = len(train_dataloader) * epochs
scheduler = get_linear_schedule_with_warmup(
    optimizer,
    num_warmup_steps=0,  # PLANTED
    num_training_steps=total_steps,
)

best_mcc = -1.0
for epoch_i in range(epochs):
    print(f"======== Epoch {epoch_i + 1} / {epochs} ========")
    model.train()
    total_train_loss = torch.zeros((), device=device)
    for step, batch in enumerate(train_dataloader):
        b_input_ids, b_input_mask, b_labels = (t.to(device) for t in batch)
        model.zero_grad()
        result = model(b_input_ids, attention_mask=b_input_mask, labels=b_labels)
        loss = result.loss
        total_train_loss += loss.detach()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        if step % 40 == 0 and step > 0:
            print(f"  Batch {step:>5,}  of  {len(train_dataloader):>5,}.")
    print(f"  Average training loss: {total_train_loss.item() / len(train_dataloader):.2f}")

    model.eval()
    predictions, true_labels = [], []
    with torch.no_grad():
        for batch in validation_dataloader:
            b_input_ids, b_input_mask, b_labels = (t.to(device) for t in batch)
            logits = model(b_input_ids, attention_mask=b_input_mask).logits
            predictions.append(logits.argmax(dim=1).cpu())
            true_labels.append(b_labels.cpu())
    mcc = matthews_corrcoef(torch.cat(true_labels).numpy(), torch.cat(predictions).numpy())
    print(f"  Validation MCC: {mcc:.3f}")
    if mcc > best_mcc:
        best_mcc = mcc
        model.save_pretrained("./model_save/")
        tokenizer.save_pretrained("./model_save/")

print("Training complete! Best MCC", best_mcc)
