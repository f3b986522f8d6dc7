"""Analysis: what a population's log says, as numbers with intervals and as positions on a map.

Knows opened logs (`mortal.open_log`), arrays of answers and arrays of measured parameters. Must not
know how a story is told, run or learnt: it imports no engine, story, rule or device.
"""

from mortal.analysis.born import born_components, born_shares
from mortal.analysis.tables import (
    cohorts_of,
    device_table,
    exam_table,
    transfer_table,
    write_table,
)
from mortal.analysis.variance import COMPONENTS, VarianceComponents, variance_components

__all__ = [
    "COMPONENTS",
    "VarianceComponents",
    "born_components",
    "born_shares",
    "cohorts_of",
    "device_table",
    "exam_table",
    "transfer_table",
    "variance_components",
    "write_table",
]
