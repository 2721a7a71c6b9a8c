"""Weights of the answer models: made by benchmarks/fit_answers.py, not by hand."""

from __future__ import annotations

import numpy as np

SENTENCE_WEIGHTS = np.array(
    [
        0.8410,  # coverage
        3.4738,  # context
        9.8720,  # passage
        0.5435,  # weakest
        4.3231,  # mean
        0.1122,  # length
        -0.5832,  # points_back
        1.2968,  # follows
        2.0724,  # year
        6.0682,  # predicate
        0.3440,  # leads
        7.5549,  # holds_age
        1.5953,  # holds_duration
        3.2299,  # holds_money
        4.9736,  # holds_percent
        2.1946,  # holds_number
        2.0762,  # holds_date
        3.8082,  # holds_name
        1.8415,  # holds_place
        1.1224,  # holds_reason
    ]
)
SUPPORT_WEIGHTS = np.array(
    [
        2.9335,  # passage
        -0.0501,  # mean
        1.7306,  # context
        -2.9212,  # told_and_matched
        5.6166,  # best_passage
        0.9762,  # weakest_in_three
        1.2360,  # weakest_anywhere
        0.5919,  # coverage_anywhere
        -1.2350,  # rare_passage
        -0.1621,  # adjacent
        1.7064,  # dense
        0.4187,  # lexical
        0.1604,  # names_in_passage
        0.2336,  # numbers_in_sentence
        1.1559,  # length
        -0.6033,  # turned
        -2.3542,  # turned_alone
        2.2560,  # predicate
        -2.4065,  # predicate_anywhere
        -1.1955,  # predicate_weakest
    ]
)
SUPPORT_INTERCEPT = -8.2486
