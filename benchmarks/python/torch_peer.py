"""PyTorch, eager, on CPU, with the number of threads that the variant begins with (`1t`, `2t`).

Modules are its own. Its LSTM has two biases; one stays zero and is not trained, as in the other libraries.
"""

import math


def load(variant):
    import torch

    torch.set_num_threads(int(variant[:-1]))
    return torch


def version(torch):
    return torch.__version__


def build(torch, workload):
    import numpy

    tensors = workload.arrays(numpy, workload["parameters"])
    parameters = {name: torch.from_numpy(value) for name, value in tensors.items()}
    model, shape = MODELS[workload["kind"]](torch, workload, parameters)
    batches = [batch_of(torch, numpy, workload, batch, shape) for batch in workload["batches"]]
    mean_square = workload["loss"] == "meanSquaredError"
    criterion = torch.nn.MSELoss() if mean_square else torch.nn.CrossEntropyLoss()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = make_optimizer(torch, trained, **workload["optimizer"])
    last = None

    def step(k):
        nonlocal last
        x, target = batches[k]
        optimizer.zero_grad()
        last = criterion(model(x), target)
        last.backward()
        optimizer.step()

    return step, lambda: last.item()


def batch_of(torch, numpy, workload, batch, shape):
    arrays = workload.arrays(numpy, batch)
    x = torch.from_numpy(arrays["x"]).reshape(shape)
    x = x.long() if x.dtype == torch.int32 else x
    if "labels" in arrays:
        return x, torch.from_numpy(arrays["labels"]).long()
    return x, torch.from_numpy(arrays["y"]).reshape(workload["batch"], -1)


def make_optimizer(torch, trained, kind, learningRate, beta1=0.9, beta2=0.999, eps=1e-8, weightDecay=0, momentum=0):
    if kind == "sgd":
        return torch.optim.SGD(trained, lr=learningRate, momentum=momentum)
    options = dict(lr=learningRate, betas=(beta1, beta2), eps=eps)
    if kind == "adamw":
        return torch.optim.AdamW(trained, weight_decay=weightDecay, **options)
    return torch.optim.Adam(trained, **options)


def linear(torch, weight, bias=None):
    layer = torch.nn.Linear(*weight.shape, bias=bias is not None)
    layer.weight.data = weight.T.contiguous()
    if bias is not None:
        layer.bias.data = bias
    return layer


def perceptron(torch, workload, p):
    kinds = dict(relu=torch.nn.ReLU, sigmoid=torch.nn.Sigmoid)
    sizes, layers = workload["sizes"], []
    for k in range(len(sizes) - 1):
        layers.append(linear(torch, p[f"weight{k}"], p[f"bias{k}"]))
        after = workload["activation"] if k < len(sizes) - 2 else workload.get("outputActivation")
        if after:
            layers.append(kinds[after]())
    return torch.nn.Sequential(*layers), (workload["batch"], sizes[0])


def convolutional(torch, workload, p):
    nn = torch.nn

    def convolution(kernel, bias):
        layer = nn.Conv2d(kernel.shape[1], kernel.shape[0], kernel.shape[2])
        layer.weight.data, layer.bias.data = kernel, bias
        return layer

    model = nn.Sequential(
        convolution(p["kernel0"], p["kernelBias0"]),
        nn.ReLU(),
        nn.MaxPool2d(2),
        convolution(p["kernel1"], p["kernelBias1"]),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        linear(torch, p["weight0"], p["bias0"]),
        nn.ReLU(),
        linear(torch, p["weight1"], p["bias1"]),
    )
    return model, (workload["batch"], 1, 28, 28)


def recurrent(torch, workload, p):
    nn = torch.nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = embedding(torch, p["embedding"])
            self.lstm = nn.LSTM(workload["embedding"], workload["hidden"], batch_first=True)
            self.lstm.weight_ih_l0.data = p["weightInput"].T.contiguous()
            self.lstm.weight_hh_l0.data = p["weightHidden"].T.contiguous()
            self.lstm.bias_ih_l0.data = p["gateBias"]
            self.lstm.bias_hh_l0.data.zero_()
            self.lstm.bias_hh_l0.requires_grad_(False)
            self.output = linear(torch, p["weightOut"], p["biasOut"])

        def forward(self, x):
            states, _ = self.lstm(self.embedding(x))
            return self.output(states).flatten(0, 1)

    return Model(), (workload["batch"], workload["time"])


def transformer(torch, workload, p):
    nn, F = torch.nn, torch.nn.functional
    width, heads, time = workload["width"], workload["heads"], workload["time"]

    class Block(nn.Module):
        def __init__(self, prefix):
            super().__init__()
            part = lambda name: p[prefix + name]
            self.norm1 = layer_norm(torch, part("scale1"), part("shift1"))
            self.qkv = linear(torch, part("weightQkv"), part("biasQkv"))
            self.projection = linear(torch, part("weightProjection"), part("biasProjection"))
            self.norm2 = layer_norm(torch, part("scale2"), part("shift2"))
            self.up = linear(torch, part("weightUp"), part("biasUp"))
            self.down = linear(torch, part("weightDown"), part("biasDown"))

        def forward(self, x, mask):
            x = x + self.projection(self.attend(self.norm1(x), mask))
            return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))

        def attend(self, x, mask):
            split = lambda part: part.unflatten(2, (heads, width // heads)).transpose(1, 2)
            q, k, v = (split(part) for part in self.qkv(x).split(width, dim=2))
            scores = (q @ k.transpose(-2, -1)) * (1 / math.sqrt(width // heads))
            weights = scores.masked_fill(mask, -math.inf).softmax(dim=-1)
            return (weights @ v).transpose(1, 2).flatten(2)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = embedding(torch, p["tokens"])
            self.positions = embedding(torch, p["positions"])
            self.blocks = nn.ModuleList(Block(f"block{k}.") for k in range(workload["depth"]))
            self.norm = layer_norm(torch, p["finalScale"], p["finalShift"])
            self.head = linear(torch, p["head"])
            later = torch.ones(time, time, dtype=torch.bool).triu(1)
            self.register_buffer("mask", later)
            self.register_buffer("places", torch.arange(time))

        def forward(self, x):
            h = self.tokens(x) + self.positions(self.places)
            for block in self.blocks:
                h = block(h, self.mask)
            return self.head(self.norm(h)).flatten(0, 1)

    return Model(), (workload["batch"], time)


def embedding(torch, weight):
    layer = torch.nn.Embedding(*weight.shape)
    layer.weight.data = weight
    return layer


def layer_norm(torch, scale, shift):
    layer = torch.nn.LayerNorm(scale.shape[0])
    layer.weight.data, layer.bias.data = scale, shift
    return layer


MODELS = dict(mlp=perceptron, cnn=convolutional, lstm=recurrent, gpt=transformer)
