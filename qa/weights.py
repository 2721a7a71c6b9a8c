"""Weights of the answer models: made by benchmarks/fit_answers.py, not by hand."""

from __future__ import annotations

import numpy as np

SENTENCE_WEIGHTS = np.array(
    [
        0.2550,  # coverage
        3.5314,  # context
        9.6518,  # passage
        0.2282,  # weakest
        4.4906,  # mean
        0.1876,  # length
        -0.6336,  # points_back
        1.2614,  # follows
        2.0945,  # year
        6.0695,  # predicate
        0.5307,  # leads
        8.7832,  # holds_age
        1.7260,  # holds_duration
        3.7427,  # holds_money
        6.3545,  # holds_percent
        2.7677,  # holds_number
        1.9068,  # holds_date
        5.1315,  # holds_name
        1.9520,  # holds_place
        1.0144,  # holds_reason
    ]
)
SUPPORT_WEIGHTS = np.array(
    [
        3.5259,  # passage
        -0.3540,  # mean
        1.6590,  # context
        -2.9167,  # told_and_matched
        5.5865,  # best_passage
        0.9453,  # weakest_in_three
        1.2625,  # weakest_anywhere
        0.6656,  # coverage_anywhere
        -1.7220,  # rare_passage
        -0.2088,  # adjacent
        1.8444,  # dense
        0.4215,  # lexical
        0.1723,  # names_in_passage
        0.2169,  # numbers_in_sentence
        1.2032,  # length
        -0.6142,  # turned
        -2.2996,  # turned_alone
        1.7761,  # predicate
        -1.8005,  # predicate_anywhere
        -1.1797,  # predicate_weakest
    ]
)
SUPPORT_INTERCEPT = -8.3053
