"""What PyTorch makes of models, for PyTorchTests.

peer.py load MODEL DATASET OUTPUT [P] loads a model of verglas into torch and writes the
                                      probabilities of the test part, or of part P, [n, K] float64
peer.py save SNIPPET DATASET OUTPUT   trains a small torch network on a dataset, has the README's
                                      snippet save it as mine.safetensors in the
                                      working directory, and writes its probabilities likewise
"""

import json
import re
import sys

import h5py
import numpy
import torch
from safetensors import safe_open

torch.set_num_threads(1)
torch.manual_seed(3)
command, first, dataset, output = sys.argv[1:5]
part = int(sys.argv[5]) if len(sys.argv) > 5 else 2
with h5py.File(dataset) as file:
    features, labels, parts = (
        file["dataset/features"][:].astype(float),
        file["dataset/label"][:].astype(int),
        file["dataset/split"][:],
    )
    about = file["dataset"].attrs
    described = {
        "species": list(about["species"]),
        "center": about["center"],
        "r_cut": float(about["r_cut"]),
        "n_max": int(about["n_max"]),
        "l_max": int(about["l_max"]),
        "sigma": float(about["sigma"]),
        "rbf": "gto",
    }
    names = list(about["classes"])


def sequential(widths):
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(a, b), torch.nn.Tanh(), torch.nn.Dropout(0.2)]
    return torch.nn.Sequential(*layers[:-2])


if command == "load":
    with safe_open(first, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        count = sum(name.endswith(".weight") for name in tensors)
        assert json.loads(file.metadata()["classes"]) == names
    shapes = [tensors[f"layers.{k}.weight"].shape for k in range(count)]
    network = sequential([shapes[0][1]] + [shape[0] for shape in shapes])
    # PyTorch's own way: a state dictionary by the layers' places.
    state = {
        f"{3 * k}.{kind}": tensors[f"layers.{k}.{kind}"]
        for k in range(count)
        for kind in ("weight", "bias")
    }
    network.load_state_dict(state)
    mean, scale = tensors["scaler.mean"].numpy(), tensors["scaler.scale"].numpy()
else:
    mean, scale = features[parts == 0].mean(0), features[parts == 0].std(0)
    network = sequential([features.shape[1], 24, 16, len(names)])
    x = torch.from_numpy(((features - mean) / scale)[parts == 0].astype(numpy.float32))
    y = torch.from_numpy(labels[parts == 0])
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(x), y).backward()
        optimiser.step()
    text = open(first).read()
    # The snippet describes the demo's features and classes: here they are the dataset's.
    text = re.sub(r"^soap = \{.*?\}\n", "", text, flags=re.DOTALL | re.MULTILINE).replace('json.dumps(["LDA", "HDA"])', "json.dumps(names)")
    assert "json.dumps(names)" in text
    soap = described
    exec(text)

network.eval()
with torch.inference_mode():
    x = torch.from_numpy(((features - mean) / scale)[parts == part].astype(numpy.float32))
    numpy.asarray(torch.softmax(network(x).double(), 1)).tofile(output)
