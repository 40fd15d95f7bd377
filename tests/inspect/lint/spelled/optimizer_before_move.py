"""Models that move after their optimizer was built, and before."""

FIRES = {
    "in_another_method": """
        from torch import optim
        class Runner:
            def __init__(self, cfg):
                self.model = build_model(cfg)
                self.optimizer = optim.Adam(self.model.parameters(), lr=cfg.lr)  # here
                self.device = cfg.device
            def run(self, loader):
                self.model.to(self.device)
                for x in loader:
                    self.optimizer.zero_grad()
                    self.model(x.to(self.device)).mean().backward()
                    self.optimizer.step()
        """,
    "to": """
        import torch
        model = torch.nn.Linear(2, 2)
        optimizer = torch.optim.Adam(model.parameters())  # here
        model.to("cuda")
        """,
    "assigned": """
        import torch
        def main(net, device):
            groups = [{"params": net.parameters(), "lr": 0.1}]
            opt = torch.optim.SGD(groups)  # here
            net = net.to(device)
        """,
    "attributes_of_self": """
        from torch import optim
        class T:
            def __init__(self, model):
                self.model = model
                self.opt = optim.AdamW(self.model.parameters(), lr=1e-3)  # here
                self.model.cuda()
        """,
    "in_a_function": """
        import torch
        def place(m):
            return m.cuda()
        def main():
            model = torch.nn.Linear(1, 1)
            opt = torch.optim.SGD(model.parameters(), lr=0.1)  # here
            model = place(model)
        """,
    "parts_in_groups": """
        import torch
        def main(model, loader):
            parts = [{"params": model.body.parameters()}, {"params": model.head.parameters()}]
            opt = torch.optim.Adam(parts)  # here
            model = model.to("cuda")
            for x in loader:
                opt.zero_grad(); model(x).sum().backward(); opt.step()
        """,
    "built_by_a_function": """
        import torch
        def build(model):
            groups = [p for p in model.parameters() if p.requires_grad]
            return torch.optim.SGD(groups, lr=0.1)
        def main(loader):
            model = Net()
            opt = build(model)  # here
            model.cuda()
            for x in loader:
                opt.zero_grad(); model(x).sum().backward(); opt.step()
        """,
    "in_a_trainer": """
        import torch
        class Trainer:
            def __init__(self, model, device):
                self.model = model
                self.optimizer = torch.optim.Adam(self.model.parameters())  # here
                self.device = device
                self.model.to(self.device)
            def train(self, loader):
                for x in loader:
                    self.optimizer.zero_grad()
                    self.model(x.to(self.device)).mean().backward()
                    self.optimizer.step()
        """,
    "wrapped_and_moved": """
        import torch
        from torch import nn
        model = Net()
        opt = torch.optim.SGD(model.parameters(), lr=0.1)  # here
        model = nn.DataParallel(model).cuda()
        for x in loader:
            opt.zero_grad()
            model(x).mean().backward()
            opt.step()
        """,
}

SILENT = {
    "moved_in_init_too": """
        from torch import optim
        class Runner:
            def __init__(self, cfg):
                self.model = build_model(cfg)
                self.model.to(cfg.device)
                self.optimizer = optim.Adam(self.model.parameters(), lr=cfg.lr)
            def run(self, loader):
                self.model.to(self.device)
                for x in loader:
                    self.optimizer.zero_grad()
                    self.model(x).mean().backward()
                    self.optimizer.step()
        """,
    "in_a_method_that_does_not_train": """
        from torch import optim
        class Runner:
            def __init__(self, cfg):
                self.model = build_model(cfg)
                self.optimizer = optim.Adam(self.model.parameters(), lr=cfg.lr)
            def place(self, device):
                self.model.to(device)
        """,
    "before": """
        import torch
        model = torch.nn.Linear(2, 2).to("cuda")
        optimizer = torch.optim.Adam(model.parameters())
        """,
    "moved_before": """
        import torch
        model = torch.nn.Linear(2, 2)
        model.to(device)
        optimizer = torch.optim.Adam(model.parameters())
        model.to(device)
        """,
    "back_to_the_cpu": """
        import torch
        model = torch.nn.Linear(2, 2)
        optimizer = torch.optim.Adam(model.parameters())
        model.to("cpu")
        torch.save(model.cpu().state_dict(), "a.pt")
        """,
    "a_change_of_type": """
        import torch
        model = torch.nn.Linear(2, 2)
        optimizer = torch.optim.Adam(model.parameters())
        model.to(torch.bfloat16)
        """,
    "built_anew": """
        import torch
        model = torch.nn.Linear(2, 2)
        optimizer = torch.optim.Adam(model.parameters())
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        """,
    "a_batch_moves": """
        import torch
        def main(model, loader, device):
            optimizer = torch.optim.Adam(model.parameters())
            for x in loader:
                x = x.to(device)
        """,
    "another_model": """
        import torch
        def main(model, teacher):
            optimizer = torch.optim.Adam(model.parameters())
            teacher.cuda()
        """,
}
