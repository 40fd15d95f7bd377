"""Compute a saliency map of a trained classifier: a backward pass without an update."""
from torchvision.models import ResNet50_Weights, resnet50

weights = ResNet50_Weights.DEFAULT
model = resnet50(weights=weights).eval()
preprocess = weights.transforms()


def saliency(image):
    x = preprocess(image).unsqueeze(0).requires_grad_(True)
    scores = model(x)
    scores[0, scores.argmax()].backward()
    return x.grad.abs().amax(dim=1)[0]


if __name__ == "__main__":
    from PIL import Image

    heat = saliency(Image.open("dog.jpg").convert("RGB"))
    print(heat.shape, float(heat.max()))
