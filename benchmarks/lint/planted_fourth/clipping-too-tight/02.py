"""Named-entity recognition with the Hugging Face Trainer."""
import numpy as np
from datasets import load_dataset
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    EarlyStoppingCallback,
    Trainer,
    TrainingArguments,
    set_seed,
)

MODEL_NAME = "bert-base-cased"
SEED = 42
set_seed(SEED)

raw = load_dataset("conll2003", trust_remote_code=True)
label_names = raw["train"].features["ner_tags"].feature.names
id2label = dict(enumerate(label_names))
label2id = {v: k for k, v in id2label.items()}
tokenizer = AutoTokenizer.from_pretrained(MODEL_NAME)


def tokenize_and_align(examples):
    enc = tokenizer(examples["tokens"], truncation=True, is_split_into_words=True)
    aligned = []
    for i, tags in enumerate(examples["ner_tags"]):
        previous, row = None, []
        for word in enc.word_ids(batch_index=i):
            if word is None or word == previous:
                row.append(-100)
            else:
                row.append(tags[word])
            previous = word
        aligned.append(row)
    enc["labels"] = aligned
    return enc


tokenized = raw.map(tokenize_and_align, batched=True, remove_columns=raw["train"].column_names)


def decode(predictions, labels):
    true_preds, true_labels = [], []
    for p, l in zip(predictions, labels):
        keep = l != -100
        true_preds.append([id2label[int(x)] for x in p[keep]])
        true_labels.append([id2label[int(x)] for x in l[keep]])
    return true_preds, true_labels


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    preds, golds = decode(np.argmax(logits, axis=-1), labels)
    return {
        "precision": precision_score(golds, preds),
        "recall": recall_score(golds, preds),
        "f1": f1_score(golds, preds),
    }


model = AutoModelForTokenClassification.from_pretrained(MODEL_NAME, id2label=id2label, label2id=label2id)

training_args = TrainingArguments(
    output_dir="ner-bert",
    learning_rate=3e-5,
    per_device_train_batch_size=16,
    per_device_eval_batch_size=32,
    num_train_epochs=5,
    weight_decay=0.01,
    warmup_ratio=0.1,
    lr_scheduler_type="linear",
    max_grad_norm=1e-5,  # PLANTED
    bf16=True,
    eval_strategy="epoch",
    save_strategy="epoch",
    save_total_limit=2,
    load_best_model_at_end=True,
    metric_for_best_model="f1",
    logging_steps=100,
    report_to="none",
    seed=SEED,
)

trainer = Trainer(
    model=model,
    args=training_args,
    train_dataset=tokenized["train"],
    eval_dataset=tokenized["validation"],
    data_collator=DataCollatorForTokenClassification(tokenizer),
    compute_metrics=compute_metrics,
    callbacks=[EarlyStoppingCallback(early_stopping_patience=2)],
)

if __name__ == "__main__":
    trainer.train()
    output = trainer.predict(tokenized["test"])
    print({k: round(v, 4) for k, v in output.metrics.items() if k.startswith("test_")})
    preds, golds = decode(np.argmax(output.predictions, axis=-1), output.label_ids)
    print(classification_report(golds, preds, digits=4))
    trainer.save_model("ner-bert/best")
    tokenizer.save_pretrained("ner-bert/best")
