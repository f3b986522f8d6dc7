"""Function transfer: knowledge moves by answers, never by weights.

It knows callables and arrays: inputs `[sample, feature]` go in, log-probabilities
`[device, sample, class]` come out. It asks a teacher, counts the bits of its answers, hands them
to a student, and measures how alike the two have become.

It must not know weights, devices, data sets, true labels or a student's schedule. It imports
NumPy and nothing else, and draws only from a generator it is given.

    transcript = distill.transfer(teacher, student, inputs, budget=1000, random=7)
    print(transcript.summary())
"""

from distill.correction import Corrected, class_offsets
from distill.ensemble import Ensemble
from distill.errors import (
    AnswerError,
    DistillError,
    InputError,
    PairingError,
    ProtocolError,
    SettingError,
    TargetError,
)
from distill.fidelity import accuracy, agreement, divergence, wilson_interval
from distill.guest_students import EstimatorStudent, ModuleStudent
from distill.information import corrupted_label_bits, entropy, label_bits
from distill.inputs import choose
from distill.protocols import Student, Teacher, as_student, as_teacher
from distill.transcript import Transcript
from distill.transfer import transfer
from distill.trust import reliability, trust_of

__all__ = [
    "AnswerError",
    "Corrected",
    "DistillError",
    "Ensemble",
    "EstimatorStudent",
    "InputError",
    "ModuleStudent",
    "PairingError",
    "ProtocolError",
    "SettingError",
    "Student",
    "TargetError",
    "Teacher",
    "Transcript",
    "accuracy",
    "agreement",
    "as_student",
    "as_teacher",
    "choose",
    "class_offsets",
    "corrupted_label_bits",
    "divergence",
    "entropy",
    "label_bits",
    "reliability",
    "transfer",
    "trust_of",
    "wilson_interval",
]
