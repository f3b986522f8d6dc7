"""Analog arrays in torch: gradients, pulses, a life in a state_dict, DLPack."""

import copy
import importlib
import io
import pickle
import sys
from contextlib import suppress

import numpy as np
import pytest

from devices import FrozenElsewhere
from mortal.adapters.packing import pack, unpack
from mortal.errors import DataError, RuleError

torch = pytest.importorskip("torch")

from mortal.adapters.torch import AnalogLinear, AnalogSGD, Chip  # noqa: E402 - where there is torch

WAYS = [("mortal-default", "straight-through"), ("capacitor-li2018", "measured")]


def noise(*shape, dtype=None, seed=0):
    made = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=made, dtype=dtype or torch.float32)


def taught(layer, steps=3, lr=0.1):
    """Teach a layer to answer one at all times; return it."""
    optimiser = AnalogSGD(layer, lr=lr)
    x = noise(5, layer.in_features)
    if layer.is_several:
        x = x.expand(len(layer.array.serials), -1, -1)
    for _ in range(steps):
        optimiser.zero_grad()
        (layer(x) - 1).square().mean().backward()
        optimiser.step()
    return layer


def weight(layer):
    """Return what single voltages read of an array without physics, `[column, row]`."""
    with torch.no_grad():
        bias = 0 if layer.bias is None else layer.bias
        return (layer(torch.eye(layer.in_features)) - bias).T


@pytest.mark.parametrize("way", ["straight-through", "measured"])
def test_gradients_without_physics_are_those_of_finite_differences(way):
    layer = Chip("exact").linear(5, 4, backward=way)
    x = noise(3, 5, dtype=torch.float64).requires_grad_()
    # Linear, so large differences are exact; the array computes in float32.
    assert torch.autograd.gradcheck(layer, x, eps=0.1, atol=1e-5)


@pytest.mark.parametrize("way", ["straight-through", "measured"])
def test_without_physics_it_is_the_linear_layer_of_torch(way):
    layer, x = Chip("exact").linear(5, 4, backward=way), noise(6, 5).requires_grad_()
    digital = torch.nn.Linear(5, 4)
    with torch.no_grad():
        digital.weight.copy_(weight(layer))
        digital.bias.zero_()
    other = x.detach().clone().requires_grad_()
    optimisers = AnalogSGD(layer, lr=0.3), torch.optim.SGD(digital.parameters(), lr=0.3)
    for _ in range(3):
        for module, inputs, optimiser in zip((layer, digital), (x, other), optimisers, strict=True):
            optimiser.zero_grad()
            module(inputs).sigmoid().square().mean().backward()
            optimiser.step()
    torch.testing.assert_close(weight(layer), digital.weight.detach(), atol=1e-5, rtol=0)
    torch.testing.assert_close(layer.bias, digital.bias, atol=1e-6, rtol=0)
    torch.testing.assert_close(x.grad, other.grad, atol=1e-6, rtol=0)


@pytest.mark.parametrize(("technology", "way"), WAYS)
def test_the_loss_falls(technology, way):
    chip = Chip(technology, serial=3)
    model = torch.nn.Sequential(
        chip.linear(6, 12), torch.nn.Tanh(), chip.linear(12, 2, backward=way)
    )
    optimiser, x = AnalogSGD(model, lr=0.3), noise(100, 6)
    target = (x[:, 0] * x[:, 1] > 0).long()
    losses = []
    for _ in range(60):
        for part in range(0, 100, 10):
            optimiser.zero_grad()
            said = model(x[part : part + 10])
            loss = torch.nn.functional.cross_entropy(said, target[part : part + 10])
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
    first, last = np.mean(losses[:10]), np.mean(losses[-10:])
    # No linear layer can tell them apart, so what falls this far has come through the way back.
    assert last < 0.7 * first, (first, last)


@pytest.mark.parametrize(("technology", "way"), WAYS)
def test_a_state_dict_is_a_life_with_its_wear_and_its_counters(technology, way):
    stayed = taught(Chip(technology, serial=3).linear(6, 4, backward=way))
    buffer = io.BytesIO()
    torch.save(stayed.state_dict(), buffer)
    buffer.seek(0)
    again = Chip(technology, serial=3).linear(6, 4, backward=way)
    again.load_state_dict(torch.load(buffer))
    assert np.array_equal(again.ledger().pulses, stayed.ledger().pulses)
    assert stayed.ledger().pulses > 0
    taught(stayed)
    taught(again)
    assert torch.equal(again(noise(5, 6)), stayed(noise(5, 6)))
    assert torch.equal(again.get_extra_state(), stayed.get_extra_state())


def test_another_serial_refuses_a_life_and_keeps_its_own():
    state = taught(Chip(serial=3).linear(6, 4, bias=False)).state_dict()
    other = Chip(serial=4).linear(6, 4, bias=False)
    before = other.get_extra_state()
    with pytest.raises(FrozenElsewhere, match=r"serials \[3\] cannot be thawed where \[4\]"):
        other.load_state_dict(state)
    assert torch.equal(other.get_extra_state(), before)
    packed = other.get_extra_state().numpy()
    for place in range(0, len(packed), 7):
        damaged = packed.copy()
        damaged[place] ^= 0xFF
        with suppress(DataError):  # that of a number is for the array to refuse
            unpack(damaged)
    with pytest.raises(DataError, match="count no writes"):
        other.set_extra_state(torch.from_numpy(pack({"shadow": np.ones((6, 4))})))
    with pytest.raises(DataError, match="no frozen life"):
        other.load_state_dict({**state, "_extra_state": torch.zeros(9, dtype=torch.uint8)})


@pytest.mark.parametrize("backend", ["reference", "auto"])
def test_copies_and_pickles_live_on_apart(backend):
    stayed = taught(Chip(serial=3, backend=backend).linear(6, 4))
    copies = [copy.deepcopy(stayed), pickle.loads(pickle.dumps(stayed))]
    said = taught(stayed)(noise(5, 6))
    for one in copies:
        assert torch.equal(taught(one)(noise(5, 6)), said)


def test_several_devices_are_each_as_alone():
    several = taught(Chip(serial=(3, 8)).linear(6, 4), lr=0.2)
    # The loss is a mean over devices, and so is the gradient of each.
    alone = [taught(Chip(serial=serial).linear(6, 4), lr=0.1) for serial in (3, 8)]
    x = noise(2, 5, 6)
    for device, one in enumerate(alone):
        torch.testing.assert_close(one.bias * 1, several.bias[device] * 1)
    with torch.no_grad():
        told = several(x) - several.bias[:, None]
        for device, one in enumerate(alone):
            torch.testing.assert_close(told[device], one(x[device]) - one.bias)


def test_arrays_of_a_chip_have_cells_of_their_own():
    chip, x = Chip("exact", serial=np.int64(0)), torch.eye(6)
    first, second = (chip.linear(6, 4, bias=False)(x) for _ in range(2))
    again = Chip("exact").linear(6, 4, bias=False)(x)
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_gradients_are_gathered_until_they_are_forgotten():
    def moved(*passes):
        layer = Chip("exact").linear(3, 2, bias=False)
        before, optimiser = weight(layer), AnalogSGD(layer, lr=1.0)
        for forgets in passes:
            layer(torch.ones(1, 3)).sum().backward()
            if forgets:
                optimiser.zero_grad()
        optimiser.step()
        optimiser.step()
        return (weight(layer) - before).mean().item()

    found = [moved(False), moved(False, False), moved(True, False), moved(True)]
    assert found == pytest.approx([-1, -2, -1, 0], abs=1e-6)


def test_signals_enter_and_leave_by_dlpack():
    layer, x = Chip("exact").linear(3, 2, bias=False), np.eye(3, dtype=np.float32)
    with torch.no_grad():
        y = layer(x)
    assert torch.equal(y, layer(torch.eye(3)))
    out = np.from_dlpack(y)
    assert out.__array_interface__["data"][0] == y.data_ptr()


def test_what_does_not_fit_is_refused_in_a_sentence():
    with pytest.raises(RuleError, match="mortal-default has no reverse read"):
        Chip().linear(3, 2, backward="measured")
    with pytest.raises(RuleError, match='"straight-through" or "measured", found \'exact\''):
        Chip().linear(3, 2, backward="exact")
    with pytest.raises(DataError, match=r"3 features\], found shape \(4, 5\)"):
        AnalogLinear(3, 2)(torch.ones(4, 5))
    with pytest.raises(DataError, match=r"\[2 devices, ..., 3 features\], found shape \(4, 3\)"):
        Chip(serial=(1, 2)).linear(3, 2)(torch.ones(4, 3))
    for whole in (
        torch.ones(4, 3, dtype=torch.uint8),
        torch.ones(4, 3).bool(),
        np.ones((4, 3), int),
    ):
        with pytest.raises(DataError, match="floating-point numbers, found torch"):
            Chip().linear(3, 2)(whole)
    with pytest.raises(DataError, match="this has none"):
        AnalogSGD(torch.nn.Linear(3, 2))


def test_without_torch_the_door_says_so(monkeypatch):
    monkeypatch.delitem(sys.modules, "mortal.adapters.torch")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="needs torch, which is not installed"):
        importlib.import_module("mortal.adapters.torch")
