"""Four IDX files make a data set; what is missing or does not fit is named."""

import gzip

import numpy as np
import pytest

from mortal.data import load, load_folder, read_folder
from mortal.data.folder import STEMS, find_file
from mortal.errors import DataError


def encoded(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return header + array.tobytes()


@pytest.fixture
def contents():
    generator = np.random.default_rng(5)
    images_train = generator.integers(0, 256, (20, 3, 2), dtype=np.uint8)
    images_test = generator.integers(0, 256, (8, 3, 2), dtype=np.uint8)
    labels_train = np.arange(20, dtype=np.uint8) % 5
    labels_test = np.arange(8, dtype=np.uint8) % 4
    return dict(zip(STEMS, (images_train, labels_train, images_test, labels_test), strict=True))


def write(folder, contents, *, is_dotted=False, is_compressed=True):
    folder.mkdir(parents=True, exist_ok=True)
    for stem, array in contents.items():
        name = stem.replace("-idx", ".idx") if is_dotted else stem
        content = encoded(array)
        if is_compressed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content, 1))
        else:
            (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("is_dotted", [False, True])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_both_writings_of_the_names_are_found(tmp_path, contents, is_dotted, is_compressed):
    write(tmp_path, contents, is_dotted=is_dotted, is_compressed=is_compressed)
    files = read_folder(tmp_path)
    for array, wanted in zip(files, contents.values(), strict=True):
        assert (array == wanted).all()


def test_inputs_are_bytes_over_255_in_the_order_of_the_file(tmp_path, contents):
    dataset = load_folder(str(write(tmp_path, contents)))
    wanted = contents["train-images-idx3-ubyte"].reshape(20, 6) / 255
    assert dataset.inputs_train.dtype == np.float32
    error = abs(dataset.inputs_train - wanted).max()
    assert error < 1e-7, error
    assert dataset.labels_train.tolist() == [i % 5 for i in range(20)]
    assert (dataset.classes, dataset.features) == (5, 6)
    assert dataset.inputs_validation.shape == (0, 6)


def test_validation_images_are_not_trained_with(tmp_path, contents):
    contents["train-images-idx3-ubyte"][:, 0, 0] = np.arange(20)
    write(tmp_path, contents)
    dataset = load_folder(tmp_path, train=9, validation=6, test=4, seed=1)
    numbers = [
        np.rint(part[:, 0] * 255).astype(int).tolist()
        for part in (dataset.inputs_train, dataset.inputs_validation)
    ]
    assert [len(part) for part in numbers] == [9, 6]
    assert not set(numbers[0]) & set(numbers[1])
    assert dataset.labels_train.tolist() == [number % 5 for number in numbers[0]]
    assert dataset.labels_validation.tolist() == [number % 5 for number in numbers[1]]
    assert len(dataset.inputs_test) == 4


def test_the_data_seed_chooses_the_training_images(tmp_path, contents):
    write(tmp_path, contents)
    one, same, other = (load_folder(tmp_path, train=10, seed=seed) for seed in (1, 1, 2))
    assert (one.inputs_train == same.inputs_train).all()
    assert not np.array_equal(one.inputs_train, other.inputs_train)


@pytest.mark.parametrize("stem", STEMS)
def test_a_missing_file_is_named_with_its_folder(tmp_path, contents, stem):
    write(tmp_path, contents)
    (tmp_path / f"{stem}.gz").unlink()
    with pytest.raises(DataError, match=f"{tmp_path} has no {stem} ") as caught:
        read_folder(tmp_path)
    assert "mortal data get" in str(caught.value)


def test_all_missing_files_are_named_at_once(tmp_path):
    with pytest.raises(DataError, match=", no ".join(STEMS)):
        read_folder(tmp_path)


def test_a_missing_folder_and_a_file_in_its_place_are_told_apart(tmp_path):
    with pytest.raises(DataError, match="absent does not exist; a folder"):
        read_folder(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="file is a file; a folder"):
        read_folder(tmp_path / "file")


@pytest.mark.parametrize(("stem", "side"), [(STEMS[1], "train"), (STEMS[3], "t10k")])
def test_images_without_labels_are_refused(tmp_path, contents, stem, side):
    contents[stem] = contents[stem][:-1]
    with pytest.raises(DataError, match=rf"The {side} files .* images, but \d+ labels"):
        read_folder(write(tmp_path, contents))


def test_images_of_two_sizes_are_refused(tmp_path, contents):
    contents[STEMS[2]] = np.zeros((8, 2, 3), dtype=np.uint8)
    with pytest.raises(DataError, match=r"3 x 2 pixels .* 2 x 3 in the t10k"):
        read_folder(write(tmp_path, contents))


def test_labels_in_place_of_images_are_refused(tmp_path, contents):
    contents[STEMS[0]] = contents[STEMS[1]]
    with pytest.raises(DataError, match=f"{STEMS[0]}.gz has 1 dimensions"):
        read_folder(write(tmp_path, contents))


def test_a_compressed_file_is_taken_before_a_plain_one(tmp_path):
    for name in (STEMS[0], f"{STEMS[0]}.gz", "train-images.idx3-ubyte.gz"):
        (tmp_path / name).touch()
    assert find_file(tmp_path, STEMS[0]) == tmp_path / f"{STEMS[0]}.gz"


def test_a_file_is_taken_before_a_folder_of_such_a_name(tmp_path):
    (tmp_path / STEMS[0]).mkdir()
    assert find_file(tmp_path, STEMS[0]) == tmp_path / STEMS[0]
    (tmp_path / "train-images.idx3-ubyte").touch()
    assert find_file(tmp_path, STEMS[0]) == tmp_path / "train-images.idx3-ubyte"


def test_a_path_may_be_the_folder_or_the_one_above(tmp_path, contents):
    write(tmp_path / "kmnist", contents)
    direct = load("kmnist", path=tmp_path / "kmnist")
    above = load("kmnist", path=str(tmp_path))
    assert (direct.inputs_train == above.inputs_train).all()
    assert (direct.name, direct.classes) == ("kmnist", 10)


def test_the_environment_gives_the_folder_when_no_path_does(tmp_path, contents, monkeypatch):
    write(tmp_path / "mnist", contents)
    monkeypatch.setenv("MORTAL_DATA", str(tmp_path))
    assert load("mnist").features == 6
    monkeypatch.setenv("MORTAL_DATA", str(tmp_path / "mnist"))
    assert load("idx").classes == 5
    with pytest.raises(DataError, match="elsewhere does not exist"):
        load("mnist", path=tmp_path / "elsewhere")


@pytest.mark.parametrize("name", ["mnist", "idx"])
@pytest.mark.parametrize("is_empty", [False, True])
def test_without_a_folder_the_error_tells_how_to_give_one(monkeypatch, name, is_empty):
    monkeypatch.delenv("MORTAL_DATA", raising=False)
    if is_empty:
        monkeypatch.setenv("MORTAL_DATA", "")
    with pytest.raises(DataError, match=r"give its `path`, or set .* MORTAL_DATA") as caught:
        load(name)
    assert ("mortal data get" in str(caught.value)) == (name == "mnist")


def test_a_label_beyond_the_classes_of_a_known_set_is_refused(tmp_path, contents):
    contents[STEMS[1]][3] = 10
    write(tmp_path, contents)
    with pytest.raises(DataError, match=r"label 10 at \[3\]"):
        load("mnist", path=tmp_path)
    assert load("idx", path=tmp_path).classes == 11
