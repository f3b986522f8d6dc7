"""Devices that teach each other, and hand down what they know."""

import numpy as np

import distill
import mortal


def test_devices_that_own_few_labels_lift_each_other():
    digits = mortal.load_data("digits")
    inputs, labels = digits.inputs_train, digits.labels_train
    exam = digits.inputs_test, digits.labels_test
    owners = distill.spread_labels(len(inputs), 4, 25, np.random.default_rng(1))

    def grown(count, first_serial=0):
        return mortal.grow(layers=[64, 64], count=count, seed=7, first_serial=first_serial)

    alone = []
    for serial, owned in enumerate(owners):
        hermit = grown(1, serial)
        hermit.train(inputs[owned], labels[owned], epochs=40)
        alone.append(hermit.examine(*exam).accuracy[0])
    rounds = distill.mutual(
        grown(4).pupil(mortal.Schedule(epochs=8)),
        inputs,
        rounds=4,
        per_round=300,
        labels=labels,
        owners=owners,
        exam=exam,
        random=2,
    )
    together = rounds[-1].accuracy
    assert together.min() > max(alone) + 0.02, (alone, together)
    assert together.mean() > np.mean(alone) + 0.1, (alone, together)
