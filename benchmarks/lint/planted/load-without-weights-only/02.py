"""Serve a classifier behind a small web app."""
import io

import torch
from flask import Flask, jsonify, request
from PIL import Image
from torchvision import transforms
from torchvision.models import resnet18


class Predictor:
    def __init__(self, path, classes):
        self.classes = classes
        self.net = resnet18(num_classes=len(classes))
        self.net.load_state_dict(torch.load(path, map_location="cpu"))  # PLANTED
        self.net.eval()
        self.tf = transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor()])

    @torch.inference_mode()
    def __call__(self, raw):
        x = self.tf(Image.open(io.BytesIO(raw)).convert("RGB")).unsqueeze(0)
        return self.classes[int(self.net(x).argmax())]


app = Flask(__name__)
predict = Predictor("model.pt", ["cat", "dog", "fox"])


@app.post("/predict")
def endpoint():
    return jsonify(label=predict(request.files["image"].read()))
