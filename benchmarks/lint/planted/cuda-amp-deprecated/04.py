"""Evaluate a large detector in half precision."""
import torch
import torch.cuda.amp as amp

from detector import load_detector, coco_val


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    results = []
    for images, ids in loader:
        with amp.autocast(enabled=True):  # PLANTED
            boxes, scores = model(images.cuda())
        results.extend(zip(ids.tolist(), boxes.float().cpu(), scores.float().cpu()))
    return results


if __name__ == "__main__":
    net = load_detector("detector.pt").cuda()
    out = evaluate(net, coco_val(batch_size=16))
    print(len(out), "images evaluated")
