"""Analysis: what a population's log says, as numbers with intervals and as positions on a map.

Knows opened logs (`mortal.open_log`), arrays of answers and arrays of measured parameters. Must not
know how a story is told, run or learnt: it imports no engine, story, rule or device.
"""

from mortal.analysis.agreement import agreement_matrix, answer_distances, kappa_matrix
from mortal.analysis.answers import LoggedAnswers, logged_answers
from mortal.analysis.born import born_components, born_shares
from mortal.analysis.energy import energy_table, joules_per_point, pareto_front
from mortal.analysis.forest import ForestImportance, forest_importance
from mortal.analysis.lifetimes import Lifetimes, lifetimes
from mortal.analysis.maps import AnswerMap, draw_map
from mortal.analysis.prediction import Associations, Outcome, Traits, associations, born_traits
from mortal.analysis.survival import (
    LogRank,
    SurvivalCurve,
    life_scores,
    log_rank,
    survival_curve,
)
from mortal.analysis.tables import (
    EVENTS,
    cohorts_of,
    device_table,
    event_table,
    exam_table,
    transfer_table,
    write_table,
)
from mortal.analysis.trails import Lessons, lessons, trails
from mortal.analysis.variance import COMPONENTS, VarianceComponents, variance_components
from mortal.analysis.weibull import WeibullFit, fit_weibull

__all__ = [
    "COMPONENTS",
    "EVENTS",
    "AnswerMap",
    "Associations",
    "ForestImportance",
    "Lessons",
    "Lifetimes",
    "LogRank",
    "LoggedAnswers",
    "Outcome",
    "SurvivalCurve",
    "Traits",
    "VarianceComponents",
    "WeibullFit",
    "agreement_matrix",
    "answer_distances",
    "associations",
    "born_components",
    "born_shares",
    "born_traits",
    "cohorts_of",
    "device_table",
    "draw_map",
    "energy_table",
    "event_table",
    "exam_table",
    "fit_weibull",
    "forest_importance",
    "joules_per_point",
    "kappa_matrix",
    "lessons",
    "life_scores",
    "lifetimes",
    "log_rank",
    "logged_answers",
    "pareto_front",
    "survival_curve",
    "trails",
    "transfer_table",
    "variance_components",
    "write_table",
]
