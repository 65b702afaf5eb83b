"""NumPy with backpropagation written by hand, in float32, as tutorials do: perceptrons only."""


def load(_variant):
    import numpy

    return numpy


def version(numpy):
    return numpy.__version__


def build(np, workload):
    parameters = workload.arrays(np, workload["parameters"])
    batches = [batch_of(np, workload, batch) for batch in workload["batches"]]
    update = make_update(np, parameters, **workload["optimizer"])
    layers = len(workload["sizes"]) - 1
    activations = [workload["activation"]] * (layers - 1) + [workload.get("outputActivation")]
    loss_of = mean_square if workload["loss"] == "meanSquaredError" else cross_entropy
    last = None

    def step(k):
        nonlocal last
        x, target = batches[k]
        outputs = [x]
        for layer, activation in enumerate(activations):
            z = outputs[-1] @ parameters[f"weight{layer}"] + parameters[f"bias{layer}"]
            outputs.append(activate(np, z, activation))
        last, d = loss_of(np, outputs[-1], target)
        gradients = {}
        for layer in reversed(range(layers)):
            d = through(d, outputs[layer + 1], activations[layer])
            gradients[f"weight{layer}"] = outputs[layer].T @ d
            gradients[f"bias{layer}"] = d.sum(axis=0)
            if layer > 0:
                d = d @ parameters[f"weight{layer}"].T
        update(gradients)

    return step, lambda: float(last)


def batch_of(np, workload, batch):
    arrays = workload.arrays(np, batch)
    rows, classes = workload["batch"], workload["sizes"][-1]
    x = arrays["x"].reshape(rows, -1)
    if "labels" in arrays:
        return x, np.eye(classes, dtype=np.float32)[arrays["labels"]]
    return x, arrays["y"].reshape(rows, -1)


def activate(np, z, activation):
    if activation == "relu":
        return np.maximum(z, 0)
    return 1 / (1 + np.exp(-z)) if activation == "sigmoid" else z


def through(d, y, activation):
    """The gradient before an activation, from that behind it."""
    if activation == "relu":
        return d * (y > 0)
    return d * y * (1 - y) if activation == "sigmoid" else d


def mean_square(np, y, target):
    d = y - target
    return (d * d).mean(), d * np.float32(2 / d.size)


def cross_entropy(np, logits, target):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log((p * target).sum(axis=1)).mean(), (p - target) / np.float32(len(logits))


def make_update(np, p, kind, learningRate, momentum=0, beta1=0.9, beta2=0.999, eps=1e-8):
    f = np.float32
    m = {name: np.zeros_like(value) for name, value in p.items()}
    v = {name: np.zeros_like(value) for name, value in p.items()}
    steps = 0

    def adam(gradients):
        nonlocal steps
        steps += 1
        first, second = f(1 - beta1**steps), f(1 - beta2**steps)
        for name, g in gradients.items():
            m[name] = f(beta1) * m[name] + f(1 - beta1) * g
            v[name] = f(beta2) * v[name] + f(1 - beta2) * g * g
            p[name] -= f(learningRate) * (m[name] / first) / (np.sqrt(v[name] / second) + f(eps))

    def descent(gradients):
        for name, g in gradients.items():
            if momentum > 0:
                g = m[name] = f(momentum) * m[name] + g
            p[name] -= f(learningRate) * g

    return adam if kind == "adam" else descent
