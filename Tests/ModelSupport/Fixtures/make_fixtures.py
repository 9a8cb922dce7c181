"""Makes the models' fixtures with PyTorch (2.x, CPU): python make_fixtures.py, in this directory.

tiny.safetensors   a network 40-24-24-3 in the layout of model.safetensors, written here byte by
                   byte (no library), so that the
                   reader is tested against PyTorch's numbers and not against our own writer
tiny.json          64 rows of standardised features, and PyTorch's probabilities in float32 and in
                   float64
"""

import json
import struct

import numpy as np
import torch

torch.manual_seed(7)
torch.set_num_threads(1)
rng = np.random.default_rng(7)
features, hidden, classes, rows = 40, 24, 3, 64

network = torch.nn.Sequential(
    torch.nn.Linear(features, hidden),
    torch.nn.Tanh(),
    torch.nn.Linear(hidden, hidden),
    torch.nn.Tanh(),
    torch.nn.Linear(hidden, classes),
)
with torch.no_grad():
    network[4].weight *= 4  # probabilities from 1e-4 to nearly 1 rather than all about a third

x = rng.normal(size=(rows, features)).astype(np.float32)
x[-1] *= 30  # saturates every tanh
with torch.no_grad():
    single = torch.softmax(network(torch.from_numpy(x)), 1).numpy()
    double = torch.softmax(network.double()(torch.from_numpy(x.astype(np.float64))), 1).numpy()
network.float()

tensors = {}
for n, layer in enumerate((network[0], network[2], network[4])):
    tensors[f"layers.{n}.weight"] = layer.weight.detach().numpy()
    tensors[f"layers.{n}.bias"] = layer.bias.detach().numpy()
tensors["scaler.mean"] = rng.normal(size=features)
tensors["scaler.scale"] = rng.uniform(0.5, 2, size=features)
tensors["pca.components"] = np.linalg.qr(rng.normal(size=(features, features)))[0][:5]
tensors["pca.explained_variance"] = np.array([0.4, 0.2, 0.1, 0.05, 0.02])
header = {
    "__metadata__": {
        "format": "verglas-model",
        "version": "1",
        "name": "tiny",
        "activation": "tanh",
        "classes": json.dumps(["LDA", "MDA", "HDA"]),
        "soap": json.dumps(
            {
                "species": ["O", "H"],
                "center": "O",
                "r_cut": 6.0,
                "n_max": 2,
                "l_max": 3,
                "sigma": 0.5,
                "rbf": "gto",
            }
        ),
        "training": json.dumps({"seed": 7}),
        "author": "make_fixtures.py",
    }
}
data = b""
for name in sorted(tensors, key=lambda n: (-tensors[n].itemsize, n)):
    array = np.ascontiguousarray(tensors[name])
    header[name] = {
        "dtype": {8: "F64", 4: "F32"}[array.itemsize],
        "shape": list(array.shape),
        "data_offsets": [len(data), len(data) + array.nbytes],
    }
    data += array.tobytes()
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
open("tiny.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)

json.dump(
    {
        "features": features,
        "classes": classes,
        "rows": rows,
        "x": [float(v) for v in x.ravel()],
        "single": [float(v) for v in single.ravel()],
        "double": [float(v) for v in double.ravel()],
        "mean": [float(v) for v in tensors["scaler.mean"]],
    },
    open("tiny.json", "w"),
)
