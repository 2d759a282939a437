"""Steps of tests: a function of all layers at once, for the engine."""

from __future__ import annotations

from dataclasses import replace

from ped_geo.engine import Step, run_steps
from ped_geo.pipeline import STEPS
from ped_geo.site import Site
from ped_geo.study import Study

SITE = Site(50.0, 20.0)


def a_step(name, needs, gives, run, settings=()):
    """A step whose function takes the study and a mapping of layers, and gives such a mapping."""

    def function(*frames, study):
        made = run(study, dict(zip(needs, frames, strict=True)))
        return tuple(made[layer] for layer in gives)

    return Step(name, function, tuple(needs), ("study",), {}, tuple(gives), tuple(settings))


def run_here(steps, inputs, *, study=None, store=None, **how):
    """Run steps with a study that says nothing."""
    return run_steps(steps, {"study": study or Study(name="x"), "site": SITE}, inputs, store=store, **how)


def with_figures(results):
    """Results whose figures are made anew, after some of their layers were changed."""
    [figures] = (step for step in STEPS if step.name == "figures")
    made = figures.compute({"study": results.study, "site": results.site}, results.layers)
    return replace(results, layers={**results.layers, **made})
