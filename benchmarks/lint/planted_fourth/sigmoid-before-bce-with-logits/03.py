"""Link prediction on citation graphs: GraphSAGE encoder with an inner-product decoder."""
from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
import torch_geometric.transforms as T
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Tensor, nn
from torch_geometric.datasets import Planetoid
from torch_geometric.nn import SAGEConv
from torch_geometric.seed import seed_everything
from torch_geometric.utils import negative_sampling


@dataclass
class Settings:
    dataset: str = "PubMed"
    hidden: int = 128
    out: int = 64
    dropout: float = 0.3
    lr: float = 5e-3
    epochs: int = 200
    patience: int = 30
    seed: int = 12


class SageEncoder(nn.Module):
    def __init__(self, n_in: int, cfg: Settings):
        super().__init__()
        self.conv1 = SAGEConv(n_in, cfg.hidden)
        self.conv2 = SAGEConv(cfg.hidden, cfg.out)
        self.p = cfg.dropout

    def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
        x = F.relu(self.conv1(x, edge_index))
        x = F.dropout(x, self.p, training=self.training)
        return self.conv2(x, edge_index)


class InnerProductDecoder(nn.Module):
    def forward(self, z: Tensor, pairs: Tensor) -> Tensor:
        score = (z[pairs[0]] * z[pairs[1]]).sum(dim=-1)
        return score.sigmoid()  # PLANTED


class LinkPredictor(nn.Module):
    def __init__(self, encoder: nn.Module, decoder: nn.Module):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def embed(self, data) -> Tensor:
        return self.encoder(data.x, data.edge_index)

    def loss(self, data) -> Tensor:
        z = self.embed(data)
        negatives = negative_sampling(
            edge_index=data.edge_index,
            num_nodes=data.num_nodes,
            num_neg_samples=data.edge_label_index.size(1),
        )
        pairs = torch.cat([data.edge_label_index, negatives], dim=1)
        truth = torch.cat([data.edge_label, data.edge_label.new_zeros(negatives.size(1))])
        return F.binary_cross_entropy_with_logits(self.decoder(z, pairs), truth)

    @torch.no_grad()
    def score(self, data) -> tuple[float, float]:
        self.eval()
        prob = self.decoder(self.embed(data), data.edge_label_index).cpu().numpy()
        truth = data.edge_label.cpu().numpy()
        return roc_auc_score(truth, prob), average_precision_score(truth, prob)


def main(cfg: Settings) -> None:
    seed_everything(cfg.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    transform = T.Compose([
        T.NormalizeFeatures(),
        T.ToDevice(device),
        T.RandomLinkSplit(
            num_val=0.05, num_test=0.1, is_undirected=True, add_negative_train_samples=False
        ),
    ])
    dataset = Planetoid("data", cfg.dataset, transform=transform)
    train_data, val_data, test_data = dataset[0]

    model = LinkPredictor(SageEncoder(dataset.num_features, cfg), InnerProductDecoder()).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)

    best_auc, best_state, waited = 0.0, None, 0
    for epoch in range(1, cfg.epochs + 1):
        model.train()
        optimizer.zero_grad()
        loss = model.loss(train_data)
        loss.backward()
        optimizer.step()

        auc, ap = model.score(val_data)
        if epoch % 10 == 0:
            print(f"{epoch:3d} loss={loss.item():.4f} val_auc={auc:.4f} val_ap={ap:.4f}")
        if auc > best_auc:
            best_auc, best_state, waited = auc, copy.deepcopy(model.state_dict()), 0
        else:
            waited += 1
            if waited >= cfg.patience:
                break

    model.load_state_dict(best_state)
    print("test AUC %.4f, AP %.4f" % model.score(test_data))


if __name__ == "__main__":
    main(Settings())
