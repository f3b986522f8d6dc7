"""The log of a run: what happened to every device, in parts while it runs, in one file after.

Knows cohorts, serial numbers and named columns of numbers. Must not know how a device works, how a
story is told or who runs it: records come in as arrays, and the log never touches an organism.
"""

from mortal.logbook.equal import differences
from mortal.logbook.gather import Survey, survey
from mortal.logbook.layout import FIDELITIES, RESERVED_NAMES, TABLES, Table, Variable
from mortal.logbook.lots import DeclaredLots, Ranks, declare_lots, declared_lots
from mortal.logbook.merge import merge
from mortal.logbook.open import open_log
from mortal.logbook.provenance import Lot
from mortal.logbook.record import Record
from mortal.logbook.space import require_space
from mortal.logbook.write import Logbook

__all__ = [
    "FIDELITIES",
    "RESERVED_NAMES",
    "TABLES",
    "DeclaredLots",
    "Logbook",
    "Lot",
    "Ranks",
    "Record",
    "Survey",
    "Table",
    "Variable",
    "declare_lots",
    "declared_lots",
    "differences",
    "merge",
    "open_log",
    "require_space",
    "survey",
]
