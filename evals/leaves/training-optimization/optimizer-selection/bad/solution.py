import torch


def build_optimizers(model, lr, weight_decay):
    params = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in params if p.ndim == 2 and p is not model.head.weight]
    rest = [p for p in params if not any(p is m for m in matrices)]
    return [
        torch.optim.Muon(matrices, lr=lr, weight_decay=weight_decay),
        torch.optim.AdamW(
            [
                {"params": [p for p in rest if p.ndim >= 2], "weight_decay": weight_decay},
                {"params": [p for p in rest if p.ndim < 2], "weight_decay": 0.0},
            ],
            lr=lr,
        ),
    ]
