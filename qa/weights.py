"""Weights of the answer models: made by benchmarks/fit_answers.py, not by hand."""

from __future__ import annotations

import numpy as np

SENTENCE_WEIGHTS = np.array(
    [
        1.6997,  # coverage
        3.7286,  # context
        10.8993,  # passage
        1.3904,  # weakest
        6.3108,  # mean
        0.4715,  # length
        -0.5849,  # points_back
        1.1336,  # follows
        2.5390,  # year
        0.0,  # predicate
        0.0,  # leads
        9.1153,  # holds_age
        2.6547,  # holds_duration
        3.7073,  # holds_money
        6.7337,  # holds_percent
        2.7179,  # holds_number
        1.6006,  # holds_date
        4.6988,  # holds_name
        1.7883,  # holds_place
        1.0084,  # holds_reason
    ]
)
SUPPORT_WEIGHTS = np.array(
    [
        4.9820,  # passage
        -0.8656,  # mean
        2.4582,  # context
        -3.2490,  # told_and_matched
        4.3949,  # best_passage
        1.3825,  # weakest_in_three
        0.3984,  # weakest_anywhere
        -1.1539,  # coverage_anywhere
        -1.2104,  # rare_passage
        0.0858,  # adjacent
        2.4027,  # dense
        1.1804,  # lexical
        0.6984,  # names_in_passage
        -0.1734,  # numbers_in_sentence
        1.1995,  # length
        -0.2029,  # turned
        -2.2606,  # turned_alone
        0.0,  # p
        0.0,  # p
        0.0,  # p
    ]
)
SUPPORT_INTERCEPT = -9.1446
