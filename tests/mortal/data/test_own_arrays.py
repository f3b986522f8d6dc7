"""Arrays of one's own in a .npz file make a data set; what is wrong is one sentence."""

import numpy as np
import pytest

from mortal.config import load as load_plan
from mortal.config.check import data_for
from mortal.data import load, load_npz
from mortal.errors import ConfigError, DataError


def arrays(samples=30, features=6):
    generator = np.random.default_rng(3)
    inputs = generator.random((samples, features))
    inputs[:, 0] = np.arange(samples) / samples
    return inputs, np.arange(samples) % 3


def saved(place, **given):
    path = place / "mine.npz"
    np.savez(path, **given)
    return path


def numbers(part):
    return set(np.rint(part[:, 0] * 30).astype(int).tolist())


def test_arrays_in_one_piece_are_divided_by_the_seed(tmp_path):
    inputs, labels = arrays()
    path = saved(tmp_path, inputs=inputs, labels=labels)
    found = load("arrays", path=path, validation=4, seed=1)
    parts = [numbers(p) for p in (found.inputs_train, found.inputs_validation, found.inputs_test)]
    assert [len(part) for part in parts] == [20, 4, 6]
    assert len(set.union(*parts)) == 30
    assert (found.labels_test == [n % 3 for n in sorted(parts[2])]).all()
    assert (found.classes, found.features, found.inputs_train.dtype) == (3, 6, np.float32)
    assert numbers(load_npz(path, seed=1, test=6).inputs_test) == parts[2]
    assert numbers(load_npz(path, seed=2, test=6).inputs_test) != parts[2]


def test_test_samples_that_come_apart_stay_apart(tmp_path):
    inputs, labels = arrays()
    path = saved(
        tmp_path, inputs_train=inputs[:20], labels_train=labels[:20], inputs_test=inputs[20:],
        labels_test=labels[20:],
    )  # fmt: skip
    found = load_npz(path, validation=5, test=3)
    assert numbers(found.inputs_train) | numbers(found.inputs_validation) == set(range(20))
    assert len(found.inputs_validation) == 5
    assert numbers(found.inputs_test) < set(range(20, 30))
    assert len(found.inputs_test) == 3


def test_bytes_are_images_and_images_are_flattened(tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (10, 4, 5), dtype=np.uint8)
    found = load_npz(saved(tmp_path, inputs=images, labels=np.arange(10) % 2))
    assert found.features == 20
    error = abs(found.inputs_train[:, 0] * 255 - np.rint(found.inputs_train[:, 0] * 255)).max()
    assert error < 1e-4, error


def test_a_story_takes_them(tmp_path):
    inputs, labels = arrays()
    path = saved(tmp_path, inputs=inputs, labels=labels)
    text = f"version: 1\ndata: {{name: arrays, path: {path}}}\ncohorts:\n  a: {{layers: [6, 4]}}\n"
    assert data_for(load_plan(text + "story: [{examine: {cohort: a}}]\n")).classes == 3
    with pytest.raises(ConfigError, match=r"begins with 7, but mine\.npz has 6 features"):
        data_for(load_plan(text.replace("[6, 4]", "[7, 4]") + "story: [{examine: {cohort: a}}]\n"))


def broken():
    inputs, labels = arrays()
    yield "nothing", {}, "holds nothing; inputs and labels"
    yield "other names", {"x": inputs, "y": labels}, "holds x, y; inputs and labels"
    yield "no test labels", {"inputs_train": inputs, "inputs_test": inputs}, "are needed"
    yield "too few labels", {"inputs": inputs, "labels": labels[:9]}, "as many labels"
    yield "one axis", {"inputs": labels, "labels": labels}, r"shape \(30,\)"
    yield "no samples", {"inputs": inputs[:0], "labels": labels[:0]}, r"shape \(0, 6\)"
    yield "a range", {"inputs": 9 * inputs, "labels": labels}, r"in \[0, 1\] \(scale"
    yield "NaN", {"inputs": inputs * np.nan, "labels": labels}, "not finite"
    yield "words", {"inputs": inputs.astype(str), "labels": labels}, "real numbers are needed"
    yield "fractions", {"inputs": inputs, "labels": labels + 0.5}, "whole numbers from 0"
    yield "below 0", {"inputs": inputs, "labels": labels - 1}, "labels run from 0"
    yield "one-hot", {"inputs": inputs, "labels": np.eye(3)[labels]}, r"argmax\(axis=1\)"
    yield "names", {"inputs": inputs, "labels": labels.astype(str)}, "return_inverse"
    yield "from 1", {"inputs": inputs, "labels": labels + 1}, "begin with 1; .*return_inverse"
    yield "objects", {"inputs": inputs.astype(object), "labels": labels}, "can run code"


@pytest.mark.parametrize(
    ("given", "said"), [case[1:] for case in broken()], ids=[case[0] for case in broken()]
)
def test_arrays_that_cannot_be_learnt_are_refused(tmp_path, given, said):
    with pytest.raises(DataError, match=said):
        load_npz(saved(tmp_path, **given))


def test_what_is_no_archive_is_refused(tmp_path):
    inputs, labels = arrays()
    whole = saved(tmp_path, inputs=inputs, labels=labels).read_bytes()
    for name, content in {
        "cut": whole[: len(whole) // 2], "changed": whole[:300] + b"\xff" + whole[301:],
        "text": b"1,2,3\n", "empty": b"", "pickle": b"\x80\x04N.",
    }.items():  # fmt: skip
        path = tmp_path / f"{name}.npz"
        path.write_bytes(content)
        with pytest.raises(DataError, match=name):
            load_npz(path)
    with pytest.raises(DataError, match=r"is no \.npz file; .*pandas\.read_csv"):
        load_npz(tmp_path / "text.npz")
    np.save(tmp_path / "one.npy", inputs)
    for path, said in (("one.npy", "one array"), (".", "is a folder"), ("no", "does not exist")):
        with pytest.raises(DataError, match=said):
            load_npz(tmp_path / path)
    with pytest.raises(DataError, match="needs the `path`"):
        load("arrays")
