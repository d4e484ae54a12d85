"""AutoAttack by its authors on the two LeNet5 anchors, for auto-attack.mjs, which starts it: one JSON line a measurement on stdout.

    python3 auto-attack.py AUTO_ATTACK DATA MODEL NORM EPSILON IMAGES THREADS ATTACK...

AUTO_ATTACK: a checkout of fra31/auto-attack. ATTACK: standard, apgd-ce, apgd-t, fab-t or square, with their settings in `standard`.
Needs torch and numpy.
"""

import gzip
import json
import os
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

checkout, data, name, norm, epsilon, images, threads = sys.argv[1:8]
sys.path.insert(0, checkout)
from autoattack import AutoAttack  # noqa: E402

torch.set_num_threads(int(threads))


def weights():
    folder = os.path.join(data, "anchors", f"mnist-lenet5-{name}")
    manifest = json.load(open(os.path.join(folder, "model.json")))["weightsManifest"][0]["weights"]
    values = np.fromfile(os.path.join(folder, "weights.bin"), "<f4")
    parts, start = [], 0
    for entry in manifest:
        size = int(np.prod(entry["shape"]))
        parts.append(torch.from_numpy(values[start : start + size].reshape(entry["shape"]).copy()))
        start += size
    return parts


class LeNet5(torch.nn.Module):
    def __init__(self):
        super().__init__()
        k1, self.b1, k2, self.b2, w3, self.b3, w4, self.b4 = weights()
        self.k1, self.k2 = (k.permute(3, 2, 0, 1).contiguous() for k in (k1, k2))
        # Rows in torch's order of an image: channels first.
        self.w3 = w3.reshape(7, 7, 64, 200).permute(2, 0, 1, 3).reshape(3136, 200).t().contiguous()
        self.w4 = w4.t().contiguous()
        self.forwards = 0

    def forward(self, x):
        self.forwards += len(x)
        x = F.max_pool2d(F.relu(F.conv2d(x, self.k1, self.b1, padding=1)), 2)
        x = F.max_pool2d(F.relu(F.conv2d(x, self.k2, self.b2, padding=1)), 2)
        return F.linear(F.relu(F.linear(x.flatten(1), self.w3, self.b3)), self.w4, self.b4)


def read(file, offset):
    return np.frombuffer(gzip.open(os.path.join(data, "mnist", file)).read(), np.uint8, offset=offset)


n = int(images)
x = torch.from_numpy(read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)[:n].astype(np.float32) / 255)
y = torch.from_numpy(read("t10k-labels-idx1-ubyte.gz", 8)[:n].astype(np.int64))
model = LeNet5().eval()
for attack in sys.argv[8:]:
    judge = AutoAttack(model, norm={"linf": "Linf", "l2": "L2", "l1": "L1"}[norm], eps=float(epsilon), version="standard", device="cpu", verbose=False, seed=0)
    if attack != "standard":
        judge.attacks_to_run = [attack]
    model.forwards = 0
    start = time.perf_counter()
    adversarial = judge.run_standard_evaluation(x, y, bs=250)
    seconds = time.perf_counter() - start
    forwards = model.forwards
    standing = int((model(adversarial).argmax(1) == y).sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"attack": attack, "standing": standing, "seconds": round(seconds, 2), "forwards": forwards, "peakMiB": peak}), flush=True)
