"""Texts of small sweeps, and what is said of wrong ones."""

import pytest
from small_lives import life

from mortal.config import load
from mortal.errors import ConfigError

ELDERS = "elders: {technology: exact, layers: [64, 16], count: 2}"
HEIRS = "heirs: {layers: [64, 16], count: 2}"
BYSTANDERS = "bystanders: {layers: [64, 16]}"
SAME = "\n  same_devices: true"
EXAM = "examine: {cohort: elders}"


def swept(*over, by="cross", more="", cohorts=(ELDERS,), steps=(EXAM,), head=""):
    """A file with a sweep: its fields, one a line from line 8 on, then cohorts and story."""
    top = "version: 1\nname: small\nseed: 7\ndata: {name: digits, train: 120, test: 60}\n"
    lines = [f"sweep:\n  by: {by}{more}\n  over:", *("    " + field for field in over), ""]
    return life(*steps, cohorts=cohorts, head=top + head + "\n".join(lines))


def refusal(text, **more):
    with pytest.raises(ConfigError) as caught:
        load(text, **more)
    message = str(caught.value)
    assert "\n" not in message, message
    return message
