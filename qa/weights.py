"""Weights of the answer models: made by benchmarks/fit_answers.py, not by hand."""

from __future__ import annotations

import numpy as np

SENTENCE_WEIGHTS = np.array(
    [
        1.8502,  # coverage
        3.5583,  # context
        10.5430,  # passage
        1.5031,  # weakest
        6.0190,  # mean
        0.5617,  # length
        -0.6554,  # points_back
        1.4021,  # follows
        2.5423,  # year
        9.6598,  # holds_age
        1.9301,  # holds_duration
        3.6133,  # holds_money
        6.8464,  # holds_percent
        4.3331,  # holds_number
        1.9927,  # holds_date
        4.1438,  # holds_name
        1.5195,  # holds_place
        2.0193,  # holds_reason
    ]
)
SUPPORT_WEIGHTS = np.array(
    [
        1.8971,  # dense
        2.3962,  # late
        1.8136,  # gap
        -0.6911,  # coverage
        0.3063,  # context
        -1.6555,  # passage
        1.0669,  # weakest
        -1.3012,  # mean
        1.5362,  # weakest_anywhere
        -0.4038,  # coverage_anywhere
        -0.2649,  # passage_weakest
        2.3255,  # passage_coverage
        0.7076,  # missing
        0.3635,  # names_in_passage
        0.6425,  # names_in_sentence
        -0.3748,  # numbers_in_passage
        1.4905,  # unknown
        1.2097,  # terms
        0.1025,  # holds
        -1.3038,  # negated
        6.0317,  # best_passage
    ]
)
SUPPORT_INTERCEPT = -9.3299
