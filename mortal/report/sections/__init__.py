"""What a report tells, a file a chapter: each takes a history and returns a section, or none.

Knows histories and markup. Must not know how the chapters stand in a page.
"""

from mortal.report.sections.answers import answers
from mortal.report.sections.birth import birth
from mortal.report.sections.copies import copies
from mortal.report.sections.energy import energy
from mortal.report.sections.exams import exams
from mortal.report.sections.learning import learning
from mortal.report.sections.section import Section
from mortal.report.sections.story import story
from mortal.report.sections.survival import survival
from mortal.report.sections.teaching import teaching

__all__ = [
    "Section",
    "answers",
    "birth",
    "copies",
    "energy",
    "exams",
    "learning",
    "story",
    "survival",
    "teaching",
]
