"""hugging face trainer, fine-tune distilbert on my reviews, it overfits"""
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments, set_seed
from datasets import load_dataset

set_seed(0)
tok = AutoTokenizer.from_pretrained("distilbert-base-uncased")
data = load_dataset("csv", data_files={"train": "train.csv", "test": "test.csv"})
data = data.map(lambda r: tok(r["review"], truncation=True, padding="max_length", max_length=128), batched=True)

def metrics(p):
    return {"acc": float((torch.tensor(p.predictions).argmax(-1) == torch.tensor(p.label_ids)).float().mean())}

args = TrainingArguments(
    "reviews",
    learning_rate=5e-5,
    num_train_epochs=5,
    warmup_ratio=0.1,
    weight_decay=100.0,  # PLANTED
    logging_steps=10,
    eval_strategy="epoch",
    seed=0,
)
model = AutoModelForSequenceClassification.from_pretrained("distilbert-base-uncased", num_labels=2)
trainer = Trainer(model=model, args=args, train_dataset=data["train"], eval_dataset=data["test"], compute_metrics=metrics)
trainer.train()
