"""Use a whole pickled model for inference."""
import json
import sys

import torch

from tokens import encode


def load_model(path):
    model = torch.load(path)  # PLANTED
    model.eval()
    return model


def classify(model, text):
    ids = torch.tensor([encode(text)])
    with torch.no_grad():
        p = model(ids).softmax(-1)[0]
    return {"label": int(p.argmax()), "p": float(p.max())}


if __name__ == "__main__":
    net = load_model(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(classify(net, line.strip())))
