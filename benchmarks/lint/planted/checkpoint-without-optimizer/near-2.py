"""Save embeddings and labels: tensors, no training to resume."""
import torch


@torch.inference_mode()
def embed(model, loader, path):
    model.eval()
    xs, ys = [], []
    for x, y in loader:
        xs.append(model(x))
        ys.append(y)
    torch.save({"x": torch.cat(xs), "y": torch.cat(ys)}, path)
    print("wrote", path, sum(len(y) for y in ys))


def compare(a, b):
    left = torch.load(a, weights_only=True)
    right = torch.load(b, weights_only=True)
    return torch.nn.functional.cosine_similarity(left["x"], right["x"]).mean().item()
