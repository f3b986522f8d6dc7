"""From devices to a digital net and back to other devices, by answers alone."""

import pytest

import distill
import mortal


def test_what_a_device_knows_goes_through_a_digital_net_into_other_devices():
    torch = pytest.importorskip("torch")
    digits = mortal.load_data("digits")
    inputs, labels = digits.inputs_train, digits.labels_train
    exam = digits.inputs_test, digits.labels_test

    def grown(first_serial):
        return mortal.grow(layers=[64, 64], count=1, seed=7, first_serial=first_serial)

    elder, heir = grown(0), grown(1)
    elder.train(inputs[:500], labels[:500], epochs=8)
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    school = distill.ModuleStudent(net, rate=5e-3)
    into_digital = distill.transfer(elder, school, inputs[500:], probe=exam[0])
    back = distill.transfer(net, heir.pupil(mortal.Schedule(epochs=8)), inputs[500:], probe=exam[0])
    known, kept = elder.examine(*exam).accuracy[0], heir.examine(*exam).accuracy[0]
    digital = distill.accuracy(distill.as_teacher(net).answer(exam[0]), exam[1])[0]
    assert into_digital.agreement_after[0] > 0.9, into_digital
    assert back.agreement_after[0] > 0.9, back
    assert min(digital, kept) > known - 0.05, (known, digital, kept)
    assert distill.agreement(elder.answer(exam[0]), heir.answer(exam[0]))[0] > 0.88
