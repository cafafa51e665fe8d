"""The search for the picture of the least loss: it counts, it remembers the best, and numbers that are none end it."""

from __future__ import annotations

import pytest
import torch

from generation.engine.restyle.search import search

WANTED = torch.linspace(0, 1, 48).view(1, 3, 4, 4)
START = torch.full((1, 3, 4, 4), 0.5)


def valley(picture: torch.Tensor) -> torch.Tensor:
    """Steep one way and flat the other, with the bottom at WANTED."""
    slopes = torch.logspace(-2, 2, 48).view(1, 3, 4, 4)
    return (slopes * (picture - WANTED).square()).sum()


def test_it_finds_the_bottom_and_tells_every_evaluation() -> None:
    told: list[int] = []
    found = search(valley, START, 80, lambda number, picture: told.append(number))
    assert told == list(range(1, len(told) + 1)) and len(told) <= 80
    assert float(valley(found)) < 1e-3 * float(valley(START))


@pytest.mark.parametrize("iterations", [1, 2, 3, 7])
def test_it_evaluates_no_more_often_than_it_may(iterations: int) -> None:
    asked = 0

    def counted(picture: torch.Tensor) -> torch.Tensor:
        nonlocal asked
        asked += 1
        return valley(picture)

    found = search(counted, START, iterations, lambda number, picture: None)
    assert asked == iterations
    assert float(valley(found)) <= float(valley(START))


def test_what_is_shown_is_the_best_so_far() -> None:
    losses: list[float] = []
    search(valley, START, 30, lambda number, picture: losses.append(float(valley(picture))))
    assert losses == sorted(losses, reverse=True)


def test_where_numbers_end_the_best_is_kept() -> None:
    asked = 0

    def breaking(picture: torch.Tensor) -> torch.Tensor:
        nonlocal asked
        asked += 1
        return valley(picture) * (torch.nan if asked > 5 else 1)

    found = search(breaking, START, 50, lambda number, picture: None)
    assert asked == 6
    assert torch.isfinite(found).all()
    assert float(valley(found)) < float(valley(START))


def test_where_there_never_was_a_number_it_says_so() -> None:
    with pytest.raises(ArithmeticError):
        search(lambda picture: valley(picture) * torch.nan, START, 5, lambda number, picture: None)


def test_what_the_listener_raises_comes_out_at_once() -> None:
    class Cancelled(Exception):
        pass

    told: list[int] = []

    def listen(number: int, picture: torch.Tensor) -> None:
        told.append(number)
        if number == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        search(valley, START, 50, listen)
    assert told == [1, 2, 3]
