"""What logs in other languages than English call losses, splits and steps."""

from __future__ import annotations

import unicodedata

# Longer words first where one holds another.
_SCRIPTS = {
    "训练": "train", "訓練": "train", "学習率": "lr", "学习率": "lr", "學習率": "lr",
    "验证": "val", "驗證": "val", "検証": "val", "测试": "test", "測試": "test", "テスト": "test",
    "损失": "loss", "損失": "loss", "准确率": "accuracy", "准确度": "accuracy",
    "準確率": "accuracy", "正解率": "accuracy", "精度": "accuracy", "奖励": "reward",
    "報酬": "reward", "学習": "train", "轮次": "epoch", "轮": "epoch", "エポック": "epoch",
    "步数": "steps", "回合": "episode", "平均": "mean",
    "학습률": "lr", "학습": "train", "훈련": "train", "검증": "val", "테스트": "test",
    "손실": "loss", "정확도": "accuracy", "에포크": "epoch", "보상": "reward",
    "обучения": "train", "обучение": "train", "валидации": "val", "валидация": "val",
    "потери": "loss", "потеря": "loss", "точность": "accuracy", "эпоха": "epoch",
    "Эпоха": "epoch", "Потери": "loss", "Точность": "accuracy",
}  # fmt: skip
# Words of Latin letters, without their accents.
ENGLISH = {
    "perdida": "loss", "perda": "loss", "perte": "loss", "verlust": "loss", "kayip": "loss",
    "exactitud": "accuracy", "acuracia": "accuracy", "exactitude": "accuracy",
    "genauigkeit": "accuracy", "dogruluk": "accuracy", "entrenamiento": "train",
    "treino": "train", "treinamento": "train", "entrainement": "train", "validacion": "val",
    "validacao": "val", "validierung": "val", "recompensa": "reward", "epoca": "epoch",
    "epoque": "epoch", "epoche": "epoch", "iteracion": "iteration",
}  # fmt: skip


def in_english(name: str) -> str:
    """Return a name with its words of other scripts in English, its letters without accents.

    >>> in_english("loss"), in_english("训练损失").split(), in_english("Época")
    ('loss', ['train', 'loss'], 'Epoca')
    """
    if name.isascii():
        return name
    for word, english in _SCRIPTS.items():
        if word in name:
            name = name.replace(word, f" {english} ")
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
