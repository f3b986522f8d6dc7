"""A configuration of the simulator aihwkit (arXiv:2104.02184), read into a technology.

Knows the published names of its attributes, and reads them off whatever object has them: aihwkit
itself is never imported and need not be installed. What has no counterpart here is not dropped in
silence: the translation tells of every attribute where it went.
"""

from mortal.adapters.aihwkit.report import Line, Translation
from mortal.adapters.aihwkit.translate import technology_from

__all__ = ["Line", "Translation", "technology_from"]
