"""Probabilities given to the loss that applies sigmoid, and logits given to it."""

FIRES = {
    "in_the_call": """
        import torch
        import torch.nn.functional as F
        def loss(x, y):
            return F.binary_cross_entropy_with_logits(torch.sigmoid(x), y)  # here
        """,
    "method": """
        from torch import nn
        criterion = nn.BCEWithLogitsLoss(pos_weight=w)
        def loss(model, x, y):
            p = model(x).sigmoid().squeeze(1)  # here
            return criterion(p, y.float())
        """,
    "last_layer": """
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())  # here
            def forward(self, x):
                return self.layers(x).squeeze(-1)
        class T:
            def __init__(self):
                self.model = Net()
                self.criterion = nn.BCEWithLogitsLoss()
            def step(self, x, y):
                return self.criterion(self.model(x), y)
        """,
    "a_class_as_default": """
        import torch, torch.nn as nn
        class D(nn.Module):
            def __init__(self, last=nn.Sigmoid):  # here
                super().__init__()
                self.net = nn.Sequential(nn.Linear(3, 1), last())
            def forward(self, x):
                return self.net(x)
        d = D()
        loss = nn.BCEWithLogitsLoss()(d(x), y)
        """,
    "through_a_focal_loss": """
        import torch, torch.nn.functional as F
        def focal(p, y):
            ce = F.binary_cross_entropy_with_logits(p, y, reduction="none")
            return ce.mean()
        def step(model, x, y):
            probs = torch.sigmoid(model(x))  # here
            return focal(probs, y)
        """,
    "clamped_before": """
        import torch, torch.nn.functional as F
        def step(model, x, y):
            probs = torch.sigmoid(model(x)).clamp(1e-6, 1 - 1e-6)  # here
            return F.binary_cross_entropy_with_logits(probs, y)
        """,
    "a_layer_that_is_chosen": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self, out_act="sigmoid"):
                super().__init__()
                self.fc = nn.Linear(3, 4)
                self.out_act = {"sigmoid": nn.Sigmoid(), "none": nn.Identity()}[out_act]
            def forward(self, x):
                return self.out_act(self.fc(x))  # here
        net = Net()
        crit = nn.BCEWithLogitsLoss(pos_weight=w)
        loss = crit(net(x), y)
        """,
    "of_a_discriminator_of_images": """
        import torch
        from torch import nn
        class D(nn.Module):
            def __init__(self):
                super().__init__()
                self.main = nn.Sequential(nn.Conv2d(3, 1, 4), nn.Sigmoid())  # here
            def forward(self, x):
                return self.main(x).view(-1)
        d = D()
        crit = nn.BCEWithLogitsLoss()
        loss = crit(d(real), ones) + crit(d(fake.detach()), zeros)
        """,
}

SILENT = {
    "bce_loss": """
        import torch
        criterion = torch.nn.BCELoss()
        def loss(x, y):
            return criterion(torch.sigmoid(x), y)
        """,
    "probabilities_read_beside": """
        import torch
        criterion = torch.nn.BCEWithLogitsLoss()
        def loss(model, x, y):
            out = model(x)
            p = torch.sigmoid(out)
            return criterion(out, y), p
        """,
    "targets": """
        import torch
        import torch.nn.functional as F
        def distill(student, teacher, x):
            return F.binary_cross_entropy_with_logits(student(x), torch.sigmoid(teacher(x)))
        """,
    "another_loss_by_a_variable": """
        import torch, torch.nn as nn
        loss_cls = nn.BCELoss
        loss = loss_cls()(torch.sigmoid(net(x)), y)
        """,
    "logits_of_a_distribution": """
        import torch, torch.nn as nn, torch.nn.functional as F
        from torch.distributions import Bernoulli
        dist = Bernoulli(logits=net(x))
        loss = F.binary_cross_entropy_with_logits(dist.logits, y)
        """,
}
