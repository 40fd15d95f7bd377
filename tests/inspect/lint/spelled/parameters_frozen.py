"""Models that are frozen whole and trained, and such as keep something to train."""

_COURSE = """
        import torch, torchvision
        from torch import nn
        model = torchvision.models.resnet18()
        {freeze}
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        """

FIRES = {
    "one_by_one": _COURSE.format(
        freeze="""for p in model.parameters():
            p.requires_grad = False  # here"""
    ),
    "by_name": _COURSE.format(
        freeze="""for name, p in model.named_parameters():
            p.requires_grad = False  # here"""
    ),
    "at_once": _COURSE.format(freeze="model.requires_grad_(False)  # here"),
    "head_first": _COURSE.format(
        freeze="""model.fc = nn.Linear(512, 2)
        for p in model.parameters():
            p.requires_grad = False  # here"""
    ),
}

SILENT = {
    "new_head": _COURSE.format(
        freeze="""for p in model.parameters():
            p.requires_grad = False
        model.fc = nn.Linear(512, 2)"""
    ),
    "by_a_condition": _COURSE.format(
        freeze="""for name, p in model.named_parameters():
            if not name.startswith('fc'):
                p.requires_grad = False"""
    ),
    "a_part": _COURSE.format(
        freeze="""for p in model.layer1.parameters():
            p.requires_grad = False"""
    ),
    "on_again": _COURSE.format(
        freeze="""model.requires_grad_(False)
        for p in model.fc.parameters():
            p.requires_grad = True"""
    ),
}
