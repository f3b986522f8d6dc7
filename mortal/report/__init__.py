"""Reports: a run, or two, as one HTML file that a browser reads without asking anybody.

Knows the log, as `open_log` gives it, analyses of it, and pictures. Must not know how a run is
configured, driven or lived: it imports no engine, rule, story or device.
"""

from mortal.report.history import History, history_of, read_history
from mortal.report.write import report_on, write_comparison, write_report

__all__ = [
    "History",
    "history_of",
    "read_history",
    "report_on",
    "write_comparison",
    "write_report",
]
