"""How closely pulses are followed can be declared, by the technology or for one update."""

import numpy as np
import pytest
from pydantic import ValidationError
from specimens import STEP, STEPWISE, grown, technology, weights_of

from devices import Fidelity


def written(made_of, fidelity=None):
    """Return an array after one batch of random signals, with a fidelity that is asked for."""
    array, rng = grown(made_of, 8, 8, 3, weight=0.1), np.random.default_rng(5)
    x, d = (rng.uniform(-1, 1, (3, 6, 8)) for _ in "xd")
    array.update(x, d, 5 * STEP, fidelity)
    return array


@pytest.mark.parametrize("fidelity", Fidelity)
def test_a_technology_may_declare_its_fidelity(fidelity):
    free = technology("soft-bounds", cycle_noise=0.3)
    said = technology("soft-bounds", cycle_noise=0.3, pieces={"write": {
        "fidelity": fidelity.name.lower()}})  # fmt: skip
    found, pinned = written(said), written(free, fidelity)
    assert np.array_equal(weights_of(found), weights_of(pinned))
    assert (found.fidelities[:, fidelity] == 1).all()
    other = Fidelity((fidelity + 1) % len(Fidelity))
    assert (written(said, other).fidelities[:, other] == 1).all(), "what is asked for rules"


@pytest.mark.parametrize("kind", STEPWISE)
@pytest.mark.parametrize("fidelity", ["averaged", "composed"])
def test_a_fidelity_that_is_not_possible_cannot_be_declared(kind, fidelity):
    with pytest.raises(ValidationError, match=f"{fidelity} is not possible for {kind}"):
        technology(kind, pieces={"write": {"fidelity": fidelity}})
    assert technology(kind, pieces={"write": {"fidelity": "per_pulse"}}).write.fidelity
