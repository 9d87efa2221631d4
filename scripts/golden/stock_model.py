"""Checkpoints of small stock models with PyTorch's outputs for them, the outputs of one of full size, and files to be refused.

    python stock_model.py ../../Tests/EncodersTests/Resources ../../Tests/ModelFilesTests/Golden

Needs numpy, torch and safetensors. The model of full size has the weights that RandomWeights makes, which are thus not stored.
"""
import datetime
import os
import sys
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from random_weights import values


class SimpleTransformerPredictor(nn.Module):
    """The original system's model, written from its description."""

    def __init__(self, input_dim, hidden_dim, num_layers, num_heads, pred_mode, max_rows=3000, dropout=0.15):
        super().__init__()
        self.pred_mode = pred_mode
        self.input_proj = nn.Sequential(
            nn.Linear(input_dim, hidden_dim), nn.LayerNorm(hidden_dim), nn.GELU(), nn.Dropout(dropout))
        self.pos_encoding = nn.Parameter(torch.randn(1, max_rows, hidden_dim) * 0.02)
        layer = nn.TransformerEncoderLayer(
            hidden_dim, num_heads, 4 * hidden_dim, dropout, activation="gelu", batch_first=True, norm_first=True)
        self.transformer = nn.TransformerEncoder(layer, num_layers, enable_nested_tensor=False)
        wide, outputs = (2 * hidden_dim, 400) if pred_mode == "classification" else (hidden_dim, 4)
        self.pred_head = nn.Sequential(nn.Linear(hidden_dim, wide), nn.GELU(), nn.Dropout(dropout), nn.Linear(wide, outputs))
        self.confidence_head = nn.Sequential(
            nn.Linear(hidden_dim, hidden_dim), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden_dim, 4), nn.Sigmoid())

    def forward(self, x):
        x = torch.nan_to_num(x, nan=0.0, posinf=1.0, neginf=-1.0)
        x = self.input_proj(x) + self.pos_encoding[:, : x.shape[1]]
        vector = self.transformer(x).mean(dim=1)
        return vector, self.pred_head(vector), self.confidence_head(vector)


def expected(model, scores, edges):
    """Expected returns, as gross return less 1."""
    if model.pred_mode == "regression":
        return scores
    middles = (edges[1:] + edges[:-1]) / 2
    return (torch.softmax(scores.view(-1, 100, 4).double(), 1) * middles.double()[None, :, None]).sum(1).float()


def windows(rows, features, generator):
    x = torch.randn(1, rows, features, generator=generator)
    x[:, :, features // 3 :][torch.rand(1, rows, features - features // 3, generator=generator) < 0.6] = 0
    flat = x.view(-1)
    for value in (float("nan"), float("inf"), float("-inf")):
        flat[torch.randint(0, flat.numel(), (max(1, flat.numel() // 40),), generator=generator)] = value
    return x


def prefixed(state, prefix):
    return type(state)((prefix + k, v) for k, v in state.items())


def small(name, folder, features, hidden, layers, heads, mode, edges, checkpoint):
    torch.manual_seed(sum(map(ord, name)))
    model = SimpleTransformerPredictor(features, hidden, layers, heads, mode, max_rows=208)
    with torch.no_grad():
        # Larger than PyTorch's initial weights, so that attention is far from uniform and GELU far from linear.
        for key, value in model.state_dict().items():
            is_norm = "norm" in key or "input_proj.1" in key
            value.copy_(torch.randn_like(value) * (0.1 if is_norm else 0.25) + (1 if is_norm and key.endswith("weight") else 0))
    golden, generator = {}, torch.Generator().manual_seed(5)
    if "optimizer" in checkpoint:  # moves the weights once
        optimizer = torch.optim.AdamW(model.confidence_head.parameters(), lr=1e-4)
        model(torch.randn(2, 3, features))[1].sum().backward()
        optimizer.step()
        checkpoint = {k: (optimizer.state_dict() if k == "optimizer_state_dict" else v) for k, v in checkpoint.items() if k != "optimizer"}
    model.eval()
    with torch.no_grad():
        for rows in (1, 7, 60, 200):
            x = windows(rows, features, generator)
            vector, scores, confidence = model(x)
            golden |= {f"{rows}.window": x[0], f"{rows}.vector": vector[0], f"{rows}.scores": scores[0],
                       f"{rows}.confidence": confidence[0]}
            if edges is not None or mode == "regression":
                golden[f"{rows}.expected"] = expected(model, scores, edges)[0].clone()
    save_file({k: v.contiguous() for k, v in golden.items()}, f"{folder}/{name}-golden.safetensors")
    prefix = checkpoint.pop("prefix", "")
    checkpoint["model_state_dict"] = prefixed(model.state_dict(), prefix)
    torch.save(checkpoint, f"{folder}/{name}.pt")
    return model


def full_size(folder):
    model = SimpleTransformerPredictor(1123, 1024, 10, 16, "classification").eval()
    with torch.no_grad():
        for key, value in model.state_dict().items():
            value.copy_(torch.from_numpy(values(key, tuple(value.shape))))
        x = torch.from_numpy(values("windows", (3, 60, 1123), seed=2)) * 50
        vector, scores, confidence = model(x)
    save_file({"vectors": vector, "scores": scores, "confidences": confidence}, f"{folder}/stock-full-golden.safetensors")


class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.Linear(2, 2)


class Command:
    def __reduce__(self):
        return os.system, ("echo a checkpoint ran this",)


def refused(folder):
    """Files that are no readable checkpoints, and one of every kind of object that is."""
    tensor = torch.arange(24.0).view(2, 3, 4)
    objects = {
        "none": None, "true": True, "false": False, "small": 7, "large": 70000, "negative": -3, "wide": 1 << 40, "number": 2.5,
        "text": "Zürich", "list": [1, [2, "three"], []], "tuple": (), "one": (1,), "four": (1, 2, 3, 4), "size": torch.Size([2, 3]),
        "type": torch.bfloat16, "device": torch.device("cpu"), "tensor": tensor, "transposed": tensor.permute(2, 0, 1),
        "slice": tensor[1, 1:, ::2], "scalar": torch.tensor(5), "empty": torch.zeros(0, 3), "half": tensor[0].half(),
        "bfloat16": tensor[0].bfloat16(), "double": tensor[0].double(), "bytes": torch.tensor([1, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False]), "parameter": nn.Parameter(torch.ones(2)), 3: "by number",
        "state": nn.Linear(2, 1).state_dict(),
    }
    objects["again"] = objects["list"]
    for protocol in (2, 4):
        torch.save(objects, f"{folder}/objects-{protocol}.pt", pickle_protocol=protocol)
    torch.save({"state": torch.ones(2)}, f"{folder}/legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(Whole(), f"{folder}/module.pt")
    torch.save({"model_state_dict": {}, "config": Command()}, f"{folder}/command.pt")
    torch.save({"model_state_dict": {}, "train_dates": [datetime.date(2024, 1, 2)]}, f"{folder}/date.pt")
    torch.save({"model_state_dict": {}, "val_loss": np.float64(1)}, f"{folder}/numpy.pt")
    torch.jit.script(nn.Linear(2, 2)).save(f"{folder}/script.pt")
    with zipfile.ZipFile(f"{folder}/objects-2.pt") as source, zipfile.ZipFile(
        f"{folder}/compressed.pt", "w", zipfile.ZIP_DEFLATED
    ) as target:
        for entry in source.infolist():
            target.writestr(entry.filename, source.read(entry))
    torch.save(torch.linspace(0, 1, 7), f"{folder}/edges-few.pt")
    torch.save(torch.linspace(0.5, 1.5, 101), f"{folder}/edges-ratios.pt")


def main():
    encoders, files = sys.argv[1:]
    middle = torch.sign(torch.linspace(-1, 1, 101)) * torch.linspace(-1, 1, 101).abs() ** 2 * 0.4
    returns = middle.clone()
    returns[48:53] = 0  # as many equal prices give it
    training = {
        "epoch": 12, "global_step": 3400, "optimizer": True, "optimizer_state_dict": None, "val_loss": 3.21, "train_ema_loss": 3.3,
        "config": {"hidden_dim": 16, "num_layers": 2, "num_heads": 2, "dropout": 0.15, "seq_len": 60, "lr": 1e-4,
                   "pred_mode": "classification", "resume": None, "compile": True},
        "prefix": "_orig_mod.",
    }
    small("stock-training", encoders, 23, 16, 2, 2, "classification", None, training)
    walk = {
        "config": {"hidden_dim": 16, "num_layers": 2, "num_heads": 1, "dropout": 0.1, "pred_mode": "classification"}, "fold_idx": 3,
        "train_dates": ("2020-01-01", "2021-01-01"), "train_dates_list": ["2020-01-01", "2021-01-01"],
        "test_dates": ("2021-01-02", "2021-06-01"), "test_dates_list": ["2021-01-02", "2021-06-01"],
        "walk_forward_config": {"dataset_path": "data.h5", "prices_path": "prices.h5", "num_folds": 6, "mode": "expanding",
                                "horizon_days": 1, "horizon_idx": 0, "top_k": 5, "seq_len": 750, "seed": 42},
        "bin_edges": returns, "loss_history": [3.4, 3.3],
    }
    small("stock-walk-forward", encoders, 31, 16, 2, 1, "classification", returns, walk)
    epoch = {
        "epoch": 2, "model_config": {"input_dim": 18, "hidden_dim": 32, "num_layers": 1, "num_heads": 2, "dropout": 0.1,
                                     "pred_mode": "regression"},
        "training_config": {"horizon_days": 5, "horizon_idx": 1, "top_k": 5, "seq_len": 100}, "prefix": "module._orig_mod.",
    }
    small("stock-epoch", encoders, 18, 32, 1, 2, "regression", None, epoch)
    torch.save(middle + 1, f"{encoders}/stock-ratio-edges.pt")
    full_size(encoders)
    refused(files)


if __name__ == "__main__":
    main()
