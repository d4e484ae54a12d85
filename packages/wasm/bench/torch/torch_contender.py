"""PyTorch as a contender: answers the requests of contenders/protocol.ts. Argument: the threads.

Convolutions are measured in both layouts of memory, NCHW and channels last; the faster one stands in the table.
"""

import json
import math
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

THREADS = int(sys.argv[1])
ONCE = 2.0
FEWEST = 3
SEEDS = {"left": 1, "right": 2, "inputs": 3, "filter": 4, "outputs": 5, "weights": 100}
PROJECTION_SEED = 99
LAYOUTS = {"NCHW": torch.contiguous_format, "channels last": torch.channels_last}

torch.set_num_threads(THREADS)
torch.set_num_interop_threads(1)


def numbers(size, seed, low=-1.0, high=1.0):
    """The twin of `numbers` in cases/numbers.ts."""
    offset = numpy.uint32((seed * 0x9E3779B1) & 0xFFFFFFFF)
    value = numpy.arange(size, dtype=numpy.uint32) ^ offset
    value = (value ^ (value >> numpy.uint32(16))) * numpy.uint32(0x85EBCA6B)
    value = (value ^ (value >> numpy.uint32(13))) * numpy.uint32(0xC2B2AE35)
    value ^= value >> numpy.uint32(16)
    return (low + (high - low) * value.astype(numpy.float64) / 2**32).astype(numpy.float32)


def tensor(shape, seed, low=-1.0, high=1.0):
    return torch.from_numpy(numbers(math.prod(shape), seed, low, high)).reshape(shape)


def figures(values):
    """The twin of `figuresOf` in cases/numbers.ts."""
    flat = numpy.asarray(values, dtype=numpy.float64).reshape(-1)
    weights = numbers(flat.size, PROJECTION_SEED).astype(numpy.float64)
    found = {"norm": float(numpy.sqrt(flat @ flat)), "projection": float(flat @ weights)}
    # As JavaScript writes them: JSON has no other numbers than finite ones.
    return {"size": flat.size, **{name: value if math.isfinite(value) else None for name, value in found.items()}}


class Workload:
    """One call is `run`; `answer` makes `calls` of them and gives the numbers in the order of tfjs."""

    calls = 1
    note = None

    def run(self):
        raise NotImplementedError

    def answer(self):
        return self.run()

    def reset(self):
        pass


class Product(Workload):
    def __init__(self, work):
        batch, rows, inner, columns = work["batch"], work["rows"], work["inner"], work["columns"]
        first = [] if batch == 1 else [batch]
        left = tensor(first + ([inner, rows] if work["transposeA"] else [rows, inner]), SEEDS["left"])
        right = tensor(first + ([columns, inner] if work["transposeB"] else [inner, columns]), SEEDS["right"])
        self.left = left.transpose(-1, -2) if work["transposeA"] else left
        self.right = right.transpose(-1, -2) if work["transposeB"] else right

    def run(self):
        return torch.matmul(self.left, self.right)


def images(shape, seed, layout, low=-1.0, high=1.0):
    """Numbers of [n, height, width, channels], as torch's [n, channels, height, width] in a layout."""
    return tensor(shape, seed, low, high).permute(0, 3, 1, 2).contiguous(memory_format=layout)


def filters(shape, seed, layout):
    """Numbers of [height, width, in, out], as torch's [out, in, height, width] in a layout."""
    return tensor(shape, seed).permute(3, 2, 0, 1).contiguous(memory_format=layout)


class Convolution(Workload):
    def __init__(self, work, layout):
        size, taps, stride, padding = work["size"], work["filter"], work["stride"], work["padding"]
        out = (size + 2 * padding - taps) // stride + 1
        self.passed, self.stride, self.padding = work["pass"], [stride, stride], [padding, padding]
        self.x = images([work["batch"], size, size, work["inputs"]], SEEDS["inputs"], layout)
        self.filter = filters([taps, taps, work["inputs"], work["outputs"]], SEEDS["filter"], layout)
        self.dy = images([work["batch"], out, out, work["outputs"]], SEEDS["outputs"], layout)

    def run(self):
        if self.passed == "forward":
            return functional.conv2d(self.x, self.filter, None, self.stride, self.padding)
        wanted = [self.passed == "input gradient", self.passed == "filter gradient", False]
        found = torch.ops.aten.convolution_backward(
            self.dy, self.x, self.filter, None, self.stride, self.padding, [1, 1], False, [0, 0], 1, wanted
        )
        return found[0] if wanted[0] else found[1]

    def answer(self):
        order = (2, 3, 1, 0) if self.passed == "filter gradient" else (0, 2, 3, 1)
        return self.run().permute(order).contiguous()


class Classifier(nn.Module):
    """The networks of cases/networks.ts, with the same weights."""

    def __init__(self, network, layout):
        super().__init__()
        self.steps = []
        side, channels = network["size"], 1
        layers = network["layers"]
        for index, layer in enumerate(layers):
            seed = SEEDS["weights"] + 2 * index
            inputs, outputs = layer["inputs"], layer["outputs"]
            if layer["type"] == "convolution":
                taps, stride, padding = layer["filter"], layer["stride"], layer["padding"]
                module = nn.Conv2d(inputs, outputs, taps, stride=stride, padding=padding)
                limit = math.sqrt(6 / (taps * taps * inputs))
                weight = tensor([taps, taps, inputs, outputs], seed, -limit, limit).permute(3, 2, 0, 1)
                weight = weight.contiguous(memory_format=layout)
                pool = layer.get("pool", 1)
                side, channels = ((side + 2 * padding - taps) // stride + 1) // pool, outputs
            else:
                module, pool = nn.Linear(inputs, outputs), 1
                limit = math.sqrt(6 / inputs)
                weight = tensor([inputs, outputs], seed, -limit, limit)
                if index > 0 and layers[index - 1]["type"] == "convolution":
                    # tfjs flattens [height, width, channels], torch [channels, height, width]: the rows are put in its order.
                    weight = weight.reshape(side, side, channels, outputs).permute(2, 0, 1, 3).reshape(inputs, outputs)
                weight = weight.t().contiguous()
            module.weight = nn.Parameter(weight)
            module.bias = nn.Parameter(tensor([outputs], seed + 1, -0.05, 0.05))
            self.add_module(f"layer_{index}", module)
            self.steps.append((module, pool, index == len(layers) - 1))

    def forward(self, values):
        for module, pool, last in self.steps:
            if isinstance(module, nn.Linear):
                values = values.flatten(1)
            values = module(values)
            if not last:
                values = functional.relu(values)
            if pool > 1:
                values = functional.max_pool2d(values, pool)
        return values


def examples(work, layout):
    network, batch = work["network"], work["batch"]
    x = images([batch, network["size"], network["size"], 1], SEEDS["inputs"], layout, 0.0, 1.0)
    return x, torch.arange(batch) % network["classes"]


class Network(Workload):
    def __init__(self, work, layout):
        self.passed, self.work, self.layout = work["pass"], work, layout
        self.x, self.labels = examples(work, layout)
        self.calls = 3 if self.passed == "train step" else 1
        self.reset()

    def reset(self):
        self.model = Classifier(self.work["network"], self.layout)
        if self.passed == "train step":
            self.optimiser = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        else:
            self.model.requires_grad_(False)

    def run(self):
        if self.passed == "forward":
            with torch.inference_mode():
                return self.model(self.x)
        if self.passed == "input gradient":
            x = self.x.detach().requires_grad_()
            return torch.autograd.grad(functional.cross_entropy(self.model(x), self.labels), x)[0]
        self.optimiser.zero_grad()
        loss = functional.cross_entropy(self.model(self.x), self.labels)
        loss.backward()
        self.optimiser.step()
        return loss.detach()

    def answer(self):
        if self.passed == "train step":
            return [float(self.run()) for _ in range(self.calls)]
        values = self.run()
        return values if self.passed == "forward" else values.permute(0, 2, 3, 1).contiguous()


class Attack(Workload):
    def __init__(self, work, layout):
        self.steps, self.epsilon = work["steps"], work["epsilon"]
        self.x, self.labels = examples(work, layout)
        self.model = Classifier(work["network"], layout).requires_grad_(False)

    def run(self):
        size = 2.5 * self.epsilon / self.steps
        low, high = (self.x - self.epsilon).clamp(min=0), (self.x + self.epsilon).clamp(max=1)
        found = self.x
        for _ in range(self.steps):
            found = found.detach().requires_grad_()
            loss = functional.cross_entropy(self.model(found), self.labels, reduction="sum")
            (gradient,) = torch.autograd.grad(loss, found)
            with torch.no_grad():
                found = torch.clamp(found + size * gradient.sign(), low, high)
        return found

    def answer(self):
        return self.run().permute(0, 2, 3, 1).contiguous()


WITH_LAYOUT = {"convolution": Convolution, "network": Network, "attack": Attack}


def seconds_of(workload, more):
    found = []
    begin = time.perf_counter()
    while more(len(found), time.perf_counter() - begin):
        start = time.perf_counter()
        workload.run()
        found.append(time.perf_counter() - start)
    return found


def warm_up(workload, seconds):
    return min(seconds_of(workload, lambda count, elapsed: count < FEWEST or elapsed < seconds))


def create(work, seconds):
    """In the faster layout, of both tried for so long."""
    if work["kind"] == "product":
        return Product(work)
    made = {}
    for name, layout in LAYOUTS.items():
        workload = WITH_LAYOUT[work["kind"]](work, layout)
        workload.note = name
        made[warm_up(workload, seconds)] = workload
    chosen = made[min(made)]
    chosen.reset()
    return chosen


def prepare(request, workloads):
    warm = request["warm"] / 1000
    workload = create(request["work"], warm / 2)
    workloads[request["name"]] = workload
    start = time.perf_counter()
    values = workload.answer()
    first = (time.perf_counter() - start) / workload.calls
    answer = {"figures": figures(values), "guess": 1000 * first}
    if workload.note is not None:
        answer["note"] = workload.note
    if first > ONCE:
        return {**answer, "once": True}
    workload.reset()
    return {**answer, "guess": 1000 * warm_up(workload, warm)}


def visit(request, workload):
    workload.reset()
    if request["lead"]:
        workload.run()
    return {"milliseconds": [1000 * seconds for seconds in seconds_of(workload, lambda count, _: count < request["calls"])]}


def respond(request, workloads):
    if request["do"] == "hello":
        title = f"PyTorch {torch.__version__.split('+')[0]}, {THREADS} thread{'' if THREADS == 1 else 's'}"
        return {"title": title, "kinds": ["product", *WITH_LAYOUT]}
    if request["do"] == "prepare":
        return prepare(request, workloads)
    if request["do"] == "visit":
        return visit(request, workloads[request["name"]])
    workloads.clear()
    return {}


def main():
    workloads = {}
    for line in sys.stdin:
        before = 1000 * time.process_time()
        try:
            answer = respond(json.loads(line), workloads)
        except Exception as error:  # The parent must hear of whatever it is.
            answer = {"error": f"{type(error).__name__}: {error}"}
        answer["processor"] = {"before": before, "after": 1000 * time.process_time()}
        print(json.dumps(answer), flush=True)


main()
