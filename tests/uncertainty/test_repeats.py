"""Which draws are simulated a second time."""

from __future__ import annotations

from sojourn.uncertainty.repeats import FIRST_NUMBER, draw_of, repeats_of


def repeated(first, stop):
    return [draw_of(number) for number in repeats_of(range(first, stop))]


def test_a_quarter_of_16_and_of_32_draws_and_every_32nd_of_the_others():
    assert repeated(0, 100) == [12, 13, 14, 15, 19, 23, 27, 31, 63, 95]
    assert [len(repeated(0, draws)) for draws in (12, 16, 32, 1000)] == [0, 4, 8, 38]


def test_pieces_of_a_run_have_together_the_repeats_of_the_whole():
    for cut in range(1, 200):
        assert repeated(0, cut) + repeated(cut, 200) == repeated(0, 200)
        assert repeats_of(range(cut)).stop == repeats_of(range(cut, 200)).start


def test_a_repeat_is_no_draw_and_is_not_repeated():
    assert draw_of(FIRST_NUMBER - 1) == FIRST_NUMBER - 1
    assert not repeats_of(range(FIRST_NUMBER, FIRST_NUMBER + 100))
