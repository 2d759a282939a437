"""
Exact search with HiGHS: connectivity by cuts that are added only where a relaxed solution falls apart.

A group is connected if and only if for every two members ``a`` and ``b`` that are not neighbours, every set of blocks that
separates them holds a member. That is far too many conditions to write down, so the problem is first solved without them.
Whenever the solution falls into pieces, the conditions it breaks are added (one minimal separator per piece) and it is
solved again: first as a linear programme, which is quick, then in whole numbers. What HiGHS proves of such a relaxed
problem holds for the full one, so a bound is known at any time.

References
----------
.. [1] Carvajal, Constantino, Goycoolea, Vielma, Weintraub (2013), "Imposing connectivity constraints in forest planning
   models", Operations Research 61(4): separator inequalities.
.. [2] Fischetti et al. (2017), "Thinning out Steiner trees", Mathematical Programming Computation 9: node-based cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ped_geo.districts import work_budget
from ped_geo.districts.graph import Floats, Ints, Mask
from ped_geo.districts.task import Answer, Task
from ped_geo.districts.worth import worth

__all__ = ["relaxed_bound", "solve_exact"]

VIOLATION = 1e-4
"""A cut is added when a relaxed solution breaks it by more than this."""

FEASIBILITY = 1e-9
"""By how much HiGHS may break a row, whose largest coefficient is 1."""

ROUNDING = 1e-9
"""Value and bound count as equal within this share of the value, or of the greatest gain of a block."""

LEVELS = (0.999, 0.75, 0.5, 0.25, 0.1, 0.01)
"""A fractional solution is cut where the blocks chosen by more than one of these shares fall apart."""

ROOT_ROUNDS = 60
"""Most rounds of cuts on the linear programme."""

STEADY, PATIENCE = 1e-5, 4
"""The linear programme is left when so many rounds in a row lower the bound by less than this share."""


@dataclass(frozen=True)
class _Cut:
    """``members[inside] <= members[separator] + slack``: who is inside must be joined to the outside."""

    inside: int
    separator: Ints
    outside: int  # -1: the outside is sure to hold a member


@dataclass
class _Cutting:
    """
    The relaxed problem inside HiGHS, which grows by cuts.

    Parameters
    ----------
    task : Task
        What is asked.
    beat : float
        Only groups that gain more than this are of interest; lets the cuts be stronger.
    """

    task: Task
    beat: float = -np.inf
    cuts: int = 0
    rounds: int = 0
    _solver: Any = None
    _pairs: Ints = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    _member: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _known: set[tuple[int, int, bytes]] = field(default_factory=set)

    def __post_init__(self) -> None:
        import highspy

        self._worth = worth(self.task)
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0)):
            self._solver.setOptionValue(option, value)
        for option in ("primal_feasibility_tolerance", "mip_feasibility_tolerance"):
            self._solver.setOptionValue(option, FEASIBILITY)
        self._build()

    def _build(self) -> None:
        """Columns: each available option, then each block that has more than one; rows: the limits."""
        task, solver = self.task, self._solver
        self._pairs = np.argwhere(task.available)
        block, option = self._pairs.T
        count = len(task.graph)
        self._member = np.full(count, -1, dtype=np.int64)
        several = np.flatnonzero(task.available.sum(axis=1) > 1)
        self._member[block] = np.arange(len(block))
        self._member[several] = len(block) + np.arange(len(several))
        columns = len(block) + len(several)
        solver.addVars(columns, np.zeros(columns), np.ones(columns))
        gain = np.zeros(columns)
        gain[: len(block)] = task.gain[block, option]
        self._scale = float(np.abs(gain).max(initial=0.0)) or 1.0
        solver.changeColsCost(columns, np.arange(columns, dtype=np.int32), gain / self._scale)
        import highspy

        solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        for vertex in several:
            own_options = np.flatnonzero(block == vertex)
            self._row(0.0, 0.0, np.append(own_options, self._member[vertex]), np.append(np.ones(len(own_options)), -1.0))
        self._limits(block, option)

    def _limits(self, block: Ints, option: Ints) -> None:
        task, infinite = self.task, np.inf
        pairs = np.arange(len(block))
        if task.balance_needed:
            self._row(0.0, infinite, pairs, task.balance[block, option])
        there = np.flatnonzero(self._member >= 0)
        members = self._member[there]
        self._row(max(task.min_area, 0.0), task.max_area, members, task.area[there])
        self._row(1.0, float(min(task.max_blocks, len(there))), members, np.ones(len(there)))
        for share in task.shares:
            self._row(-infinite, share.most, members, share.weight[there])
        for vertex in np.flatnonzero(task.required):
            column = int(self._member[vertex])
            self._solver.changeColBounds(column, 1.0, 1.0)

    def _row(self, low: float, high: float, columns: Ints, values: Floats) -> None:
        """Add a row, scaled to a largest coefficient of 1, if it can bind."""
        kept = values != 0
        columns, values = columns[kept], values[kept]
        scale = float(np.abs(values).max(initial=0.0)) or 1.0
        self._solver.addRow(low / scale, high / scale, len(columns), columns.astype(np.int32), values / scale)

    def solve(self, *, whole: bool, seconds: float, tolerance: float, start: Ints | None = None) -> tuple[bool, float]:
        """
        Solve the problem as it stands; whether HiGHS finished, and its bound.

        Parameters
        ----------
        whole : bool
            In whole numbers, or as a linear programme.
        seconds : float
            Work left. [s of one ordinary core]
        tolerance : float
            Relative gap at which to stop.
        start : ndarray of int, optional
            A group that is known.
        """
        import highspy

        solver = self._solver
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        columns = solver.getNumCol()
        solver.changeColsIntegrality(columns, np.arange(columns, dtype=np.int32), np.full(columns, int(kind), dtype=np.uint8))
        solver.setOptionValue("mip_rel_gap", tolerance)
        if whole and start is not None:
            solver.setSolution(self._solution(start))
        finished = self._run_within(seconds)
        self.rounds += 1
        information = solver.getInfo()
        bound = information.mip_dual_bound if whole else information.objective_function_value
        if not finished and not whole:
            bound = np.inf
        return finished, bound * self._scale

    def _run_within(self, seconds: float) -> bool:
        """Run HiGHS until done or the work is used up; time does not count, so that every machine proves as much."""
        import highspy

        solver, start = self._solver, work_budget.spent()
        # in runs for whole numbers HiGHS asks at nodes, else at iterations
        work = {solver.cbMipInterrupt: work_budget.node_s(solver.getNumNz()), solver.cbSimplexInterrupt: work_budget.ITERATION_S}
        listeners = []
        for event, cost in work.items():

            def stop_when_used_up(asked: Any, cost: float = cost) -> None:
                work_budget.spend(cost)
                asked.interrupt(work_budget.spent() - start > seconds)

            event.subscribe(stop_when_used_up)
            listeners.append((event, stop_when_used_up))
        solver.run()
        for event, listener in listeners:
            event.unsubscribe(listener)
        return bool(solver.getModelStatus() in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible))

    def _solution(self, choice: Ints) -> Any:
        import highspy

        values = np.zeros(self._solver.getNumCol())
        block, option = self._pairs.T
        values[: len(block)] = choice[block] == option
        there = self._member >= 0
        values[self._member[there]] = choice[there] >= 0
        solution = highspy.HighsSolution()
        solution.col_value = values
        solution.value_valid = True
        return solution

    @property
    def infeasible(self) -> bool:
        """Whether HiGHS proved that nothing keeps the rules."""
        import highspy

        return bool(self._solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible)

    @property
    def has_solution(self) -> bool:
        """Whether the last run ended with a solution."""
        return bool(self._solver.getSolution().value_valid)

    def members(self) -> Floats:
        """Share by which each block is chosen in the last solution, shape (n,)."""
        values = np.asarray(self._solver.getSolution().col_value)
        share = np.zeros(len(self.task.graph))
        there = self._member >= 0
        share[there] = values[self._member[there]]
        return share

    def choice(self) -> Ints:
        """Option of each block in the last solution in whole numbers."""
        values = np.asarray(self._solver.getSolution().col_value)[: len(self._pairs)]
        chosen = np.full(len(self.task.graph), -1, dtype=np.int64)
        taken = values > 0.5
        chosen[self._pairs[taken, 0]] = self._pairs[taken, 1]
        return chosen

    def separate(self, share: Floats, levels: tuple[float, ...]) -> int:
        """Add a cut for each piece of a relaxed solution that is not joined to the rest; how many."""
        added = 0
        for level in levels:
            for cut in self._broken(share, level):
                self._add(cut)
                added += 1
        return added

    def _broken(self, share: Floats, level: float) -> Iterator[_Cut]:
        """Cuts that the blocks chosen by more than `level` break."""
        graph, task = self.task.graph, self.task
        label = graph.components(share > level)
        count = int(label.max()) + 1
        if count <= 1:
            return
        weight = np.bincount(label[label >= 0], (task.area * share)[label >= 0], minlength=count)
        required = np.flatnonzero(task.required)
        main = int(label[required[0]]) if len(required) and label[required[0]] >= 0 else int(weight.argmax())
        anchor = int(required[0]) if len(required) else int(np.where(label == main, share * task.area, -1.0).argmax())
        for number in np.argsort(-weight, kind="stable"):
            if number != main:
                yield from self._join(share, label == number, label == main, anchor)

    def _join(self, share: Floats, piece: Mask, main: Mask, anchor: int) -> Iterator[_Cut]:
        """Cuts that ask `piece` to be joined to `main`: at the wall of the piece, and at the wall of the main part."""
        graph = self.task.graph
        work_budget.spend(work_budget.joint_s(len(graph)))
        heaviest = int(np.where(piece, share * self.task.area, -1.0).argmax())
        for near, wall in ((True, graph.separator(piece, anchor)), (False, graph.separator(main, heaviest))):
            if wall[anchor] or wall[heaviest]:
                continue
            label = graph.components(~wall)
            side = label == label[heaviest]
            sure = bool(self.task.required[anchor]) or self._worth.upper_bound(side) <= self.beat
            outside = -1 if sure else anchor
            through = float(share[wall].sum()) + (0.0 if sure else 1.0 - share[anchor])
            inside = np.flatnonzero(piece & (share > through + VIOLATION)) if near else np.array([heaviest])
            for vertex in inside[np.argsort(-(share * self.task.area)[inside], kind="stable")][:4]:
                key = (int(vertex), outside, wall.tobytes())
                if share[vertex] > through + VIOLATION and key not in self._known:
                    self._known.add(key)
                    yield _Cut(int(vertex), np.flatnonzero(wall), outside)

    def _add(self, cut: _Cut) -> None:
        wall = self._member[cut.separator]
        wall = wall[wall >= 0]
        ends = [int(self._member[cut.inside])] + ([int(self._member[cut.outside])] if cut.outside >= 0 else [])
        columns = np.concatenate([ends, wall]).astype(np.int64)
        values = np.concatenate([np.ones(len(ends)), -np.ones(len(wall))])
        self._row(-np.inf, float(cut.outside >= 0), columns, values)
        self.cuts += 1


def relaxed_bound(task: Task) -> float:
    """No group gains more than this: the linear programme without connectivity; minus infinity if it has no solution."""
    if task.is_hopeless:
        return -np.inf
    cutting = _Cutting(task)
    _, bound = cutting.solve(whole=False, seconds=np.inf, tolerance=0.0)
    return -np.inf if cutting.infeasible else bound


def solve_exact(
    task: Task,
    *,
    seconds: float,
    tolerance: float = 0.0,
    start: Ints | None = None,
    improve: Callable[[Ints], Ints | None] | None = None,
) -> Answer:
    """
    Best group with a proven bound, or the best known one and its bound when the work is used up.

    Parameters
    ----------
    task : Task
        What is asked.
    seconds : float
        Work, see `work_budget`. [s of one ordinary core]
    tolerance : float, default 0
        Relative gap that counts as proven.
    start : ndarray of int, shape (n,), optional
        A group that is known to keep the rules.
    improve : callable, optional
        Turns a relaxed solution, which may be in pieces, into a group that keeps the rules; None where it cannot.

    Returns
    -------
    Answer
    """
    return _Search(task, seconds, tolerance, start, improve).run()


class _Search:
    """One run of `solve_exact`: the best group so far, the bound so far and the work left."""

    def __init__(
        self, task: Task, seconds: float, tolerance: float, start: Ints | None, improve: Callable[[Ints], Ints | None] | None
    ) -> None:
        self.task, self.tolerance, self.improve = task, tolerance, improve
        self.end = work_budget.spent() + seconds
        self.best: Ints | None = None
        self.value, self.bound = -np.inf, np.inf
        self.rounding = ROUNDING * float(np.abs(task.gain[task.available]).max(initial=0.0))
        self.offer(start)

    @property
    def left(self) -> float:
        """Work left [s of one ordinary core]."""
        return self.end - work_budget.spent()

    @property
    def closed(self) -> bool:
        """Whether value and bound meet."""
        return self.best is not None and self.bound - self.value <= max(self.tolerance, ROUNDING) * abs(self.value) + self.rounding

    def offer(self, choice: Ints | None) -> None:
        """Keep a group if it keeps the rules and beats the best one."""
        if choice is not None and self.task.is_feasible(choice) and (value := self.task.value(choice)) > self.value:
            self.best, self.value = choice.copy(), value

    def run(self) -> Answer:
        if self.task.is_hopeless:
            return Answer(None, -np.inf, -np.inf, proven=True)
        cutting = _Cutting(self.task)
        proven = self._linear(cutting) or self._whole(cutting)
        if proven:
            self.bound = self.value
        return Answer(self.best, self.value, max(self.bound, self.value), proven or self.closed, cutting.rounds, cutting.cuts)

    def _linear(self, cutting: _Cutting) -> bool:
        """Cut the linear programme; whether nothing better than the best group is left."""
        steady, before = 0, np.inf
        for _ in range(ROOT_ROUNDS):
            cutting.beat = self.value
            finished, bound = cutting.solve(whole=False, seconds=self.left, tolerance=0.0)
            if not finished:
                return False
            if cutting.infeasible:
                return True
            self.bound = min(self.bound, bound)
            if self.closed:
                return False
            steady = steady + 1 if before - bound <= STEADY * abs(bound) else 0
            before = bound
            if steady >= PATIENCE or not cutting.separate(cutting.members(), LEVELS):
                return False
        return False

    def _whole(self, cutting: _Cutting) -> bool:
        """Solve in whole numbers until the solution is in one piece; whether the best group is proven the best."""
        while self.left > 0 and not self.closed:
            cutting.beat = self.value
            finished, bound = cutting.solve(whole=True, seconds=self.left, tolerance=self.tolerance, start=self.best)
            if finished and cutting.infeasible:
                return True
            self.bound = min(self.bound, bound)
            if not cutting.has_solution:
                return False
            choice = cutting.choice()
            self.offer(choice)
            if not finished or self.task.is_feasible(choice):
                return False
            if self.improve is not None:
                self.offer(self.improve(choice))
            if not cutting.separate((choice >= 0).astype(np.float64), (0.5,)):
                return False
        return False
