"""Function transfer: knowledge moves by answers, never by weights.

It knows callables and arrays: inputs `[sample, feature]` go in, log-probabilities
`[device, sample, class]` come out. It asks a teacher, counts the bits of its answers, hands them
to a student, and measures how alike the two have become.

It must not know weights, devices, data sets, true labels or a student's schedule. It imports
NumPy and nothing else, and draws only from a generator it is given.

    transcript = distill.transfer(teacher, student, inputs, budget=1000, random=7)
    print(transcript.summary())
"""

from distill.calibration import calibration_error
from distill.classes import only_classes, without_classes
from distill.correction import Corrected, class_offsets
from distill.curriculum import curriculum
from distill.decay import Decay, fit_decay
from distill.dreams import Generated
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
from distill.intervals import mean_interval
from distill.lineage import Lineage, lineage
from distill.mixtures import Blend, Mixed, Perturbed
from distill.mutual import Round, mutual
from distill.ownership import spread_labels
from distill.protocols import Student, Teacher, as_student, as_teacher
from distill.questions import Marginal, Pool, Questions, Uniform
from distill.transcript import Checkpoint, Transcript
from distill.transfer import transfer
from distill.trust import reliability, trust_of

__all__ = [
    "AnswerError",
    "Blend",
    "Checkpoint",
    "Corrected",
    "Decay",
    "DistillError",
    "Ensemble",
    "EstimatorStudent",
    "Generated",
    "InputError",
    "Lineage",
    "Marginal",
    "Mixed",
    "ModuleStudent",
    "PairingError",
    "Perturbed",
    "Pool",
    "ProtocolError",
    "Questions",
    "Round",
    "SettingError",
    "Student",
    "TargetError",
    "Teacher",
    "Transcript",
    "Uniform",
    "accuracy",
    "agreement",
    "as_student",
    "as_teacher",
    "calibration_error",
    "choose",
    "class_offsets",
    "corrupted_label_bits",
    "curriculum",
    "divergence",
    "entropy",
    "fit_decay",
    "label_bits",
    "lineage",
    "mean_interval",
    "mutual",
    "only_classes",
    "reliability",
    "spread_labels",
    "transfer",
    "trust_of",
    "wilson_interval",
    "without_classes",
]
