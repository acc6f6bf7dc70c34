"""The works as a plain loop over one heap, without a library."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from itertools import count

from daybook import Daybook, Stays, main


def flow(daily: float, days: int, seed: int) -> Daybook:
    stays, book, number = Stays(seed), Daybook(days, ("held", "free")), count()
    held, uniform = stays.lognormal(180, 180), stays.uniform
    due: list[tuple[int, int, str]] = []

    def enter(day: int) -> None:
        what = "held > free" if uniform() < 0.35 else "held > out"
        heappush(due, (day + held(), next(number), what))

    for day in range(days):
        for _ in range(stays.poisson(daily)):
            book.move(day, "admitted", None, "held")
            enter(day)
        while due and due[0][0] <= day:
            what = heappop(due)[2]
            if what == "held > free":
                book.move(day, what, "held", "free")
                heappush(due, (day + stays.exponential(365), next(number), "free > held"))
            elif what == "held > out":
                book.move(day, what, "held", None)
            else:
                book.move(day, what, "free", "held")
                enter(day)
    return book


def capacity(daily: float, days: int, seed: int, places: int) -> Daybook:  # noqa: PLR0912 -- one loop
    stays, number = Stays(seed), count()
    book = Daybook(days, ("review", "stayed", "waiting", "held"))
    stayed, held, uniform = stays.lognormal(60, 60), stays.lognormal(180, 180), stays.uniform
    due: list[tuple[int, int, str, list[bool]]] = []
    line: deque[list[bool]] = deque()
    free = places
    someone = [True]
    for day in range(days):
        for _ in range(stays.poisson(daily)):
            book.move(day, "admitted", None, "review")
            after, what = 14, "review > waiting"
            if uniform() < 0.2:
                petition = stays.exponential(7)
                if petition <= 14:
                    after, what = petition, "review > stayed"
            heappush(due, (day + after, next(number), what, someone))
        while True:
            while due and due[0][0] <= day:
                _, _, what, waits = heappop(due)
                if what == "held > out":
                    book.move(day, what, "held", None)
                    free += 1
                elif what == "review > stayed":
                    book.move(day, what, "review", "stayed")
                    then = "stayed > waiting" if uniform() < 0.5 else "stayed > out"
                    heappush(due, (day + stayed(), next(number), then, someone))
                elif what == "stayed > out":
                    book.move(day, what, "stayed", None)
                elif what == "waiting > out":
                    if waits[0]:
                        waits[0] = False
                        book.move(day, what, "waiting", None)
                else:
                    book.move(day, what, what.partition(" ")[0], "waiting")
                    place = [True]
                    line.append(place)
                    heappush(due, (day + 180, next(number), "waiting > out", place))
            if not (free and line):
                break
            while free and line:
                place = line.popleft()
                if place[0]:
                    place[0] = False
                    free -= 1
                    book.move(day, "waiting > held", "waiting", "held")
                    heappush(due, (day + held(), next(number), "held > out", someone))
    return book


if __name__ == "__main__":
    main(flow, capacity)
