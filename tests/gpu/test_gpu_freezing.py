"""What is frozen on a GPU lies in the processor's memory, and goes on living on the GPU."""

import sys

import numpy as np
import pytest

import mortal

pytest.importorskip("devices.kernels.native", reason="the native kernels are not built")


RULES = [
    "mono-forward",
    {"name": "forward-forward", "peer": 0.1},
    "node-perturbation",
    {"name": "weight-perturbation", "perturb": "array"},
    "weight-perturbation",
    {"name": "softhebb", "decay": "bounds"},
]
READ_BACK = [
    {"name": "rbm", "sampler": "device", "bias": "digital"},
    {"name": "deep-belief", "turn": 20, "chains": 5},
]


@pytest.mark.parametrize(
    ("technology", "rule"),
    [(name, rule) for name in ("mortal-default", "pcm-training-nandakumar2020") for rule in RULES]
    + [("ecram-tang2018", rule) for rule in READ_BACK],
)
def test_a_life_frozen_on_the_gpu_goes_on_there(stand_in_gpu, technology, rule):
    rng = np.random.default_rng(0)
    x, labels = rng.uniform(0, 1, (30, 6)), rng.integers(0, 10, 30)

    def grown():
        return mortal.grow(technology, [6, 5, 5], 3, rule, seed=7, backend="cuda")

    stayed, again = grown(), grown()
    stayed.train(x, labels, epochs=1)
    frozen = stayed.freeze()
    assert frozen.build.backend == "cuda"
    for name, numbers in frozen.numbers.items():
        assert type(numbers) is np.ndarray, name
    again.thaw(frozen)
    for one in (stayed, again):
        one.train(x, labels, epochs=1)
        one.age(1e5)
    assert np.array_equal(stayed.answer(x), again.answer(x))
    kept, found = stayed.freeze().numbers, again.freeze().numbers
    different = [name for name in kept if kept[name].tobytes() != found[name].tobytes()]
    assert not different
    weight = again.arrays["layer1"]._state.weight
    assert type(weight) is sys.modules["cupy"].ndarray
