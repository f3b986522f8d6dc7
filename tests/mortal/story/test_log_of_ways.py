"""A life learnt through a fast array: its arrays stand in the log under their names."""

import numpy as np
from small_lives import life, lived


def test_fast_arrays_stand_in_the_log_beside_the_slow_ones(tmp_path):
    rule = "{name: mono-forward, write: netted, through: {name: agad, flip_after: 3}}"
    elders = f"elders: {{layers: [64, 8, 6], count: 2, rule: {rule}}}"
    story = life(
        "train: {cohort: elders, epochs: 1}", "examine: {cohort: elders}", cohorts=[elders]
    )
    elders = lived(story, tmp_path)["elders"]
    names = ["layer1", "layer1.fast", "layer2", "layer2.fast"]
    assert elders.array.values.tolist() == names
    assert (elders.exam_wear_mean.values > 0).all(), "fast and slow arrays were pulsed"
    assert np.isfinite(elders.exam_weight_std.values).all()
    assert elders.exam_weight_std.shape[-1] == len(names)
