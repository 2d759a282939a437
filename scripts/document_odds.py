"""Writes docs/odds.md, how good the odds of ages and uses are, by the tables that the training scripts wrote: run it after training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ped_geo import assumptions

TARGET = Path(__file__).resolve().parents[1] / "docs" / "odds.md"

HEAD = """# How good the odds of ages and uses are

<!-- written by scripts/document_odds.py -->

A building of which nobody tells the year or the use has odds. Here they are asked of buildings whose year or use is known and was held back.
Log loss is the mean of −ln of the chance that was given to what is right (0 is best; an even guess over seven periods has 1.95, over five
uses 1.61). A stated 70 % is right when it holds 65 to 75 times in a hundred.
"""

AGES = """## Ages

Trained by `scripts/train_period_odds.py` on the places that carry years: Delft (BAG, 852 heated buildings) and Karlsruhe-Kirchfeld
(OpenStreetMap, 436 of 1,787). No other place at hand has enough: Prague (Overture), Tenerife (constructions of the cadastre), Bieńczyce,
Świętochłowice, Chropaczów, Warsaw, Kotka, Göteborg, Copenhagen and north Poznań carry none, Hoyerswerda, Lisbon, Liechtenstein and Dreieich
one to five. With two places only one is left to learn from when the other is held out.

- **Held-out half**: half of the place is told and trained on, the other half asked. This is a place where half of the years are known.
- **Half of its years told**: the place is not trained on, half of its years are told.
- **One side told**: the same, but a whole half of the map is undated (west of the middle, east, south, north in turn).
- **No year told**: nothing of the place is known but the country's stock.
- **Shares of its stock told**: nothing but how much of the place is of which period, as a census tells it (`[sources] census`).
"""

AGES_READ = """What this says:

- Where half of the years are known a stated 70 % is right 65 to 75 times in a hundred, in Delft and in Karlsruhe alike. No temperature or map was
  fitted for that.
- **Karlsruhe without a year (log loss above 2.3) fails by the stock, not by the form.** Its 436 dated buildings are those of new streets: 92 % were built after
  2002, of Germany's stock a tenth. Mappers dated what is new. With the shares of the place as the only thing told the loss is a third. The
  national commonest period alone has 5.3, the country's shares 2.8.
- Where a place tells its shares, form learnt elsewhere adds almost nothing (its part is 0.05), so that a census goes before it. The
  country's own practice (large-panel systems, tenements, monuments) is not learnt elsewhere and stays whole.
- **Where a whole side has no year the odds are too sure**: in Delft a stated 60 % was right once in twenty. The campus and the old streets beside it
  are unlike, and a map that is dated in one quarter says little of the next. Years of a register, or ten visits in the undated blocks, help more than
  years of elsewhere; for this reason dated buildings count only in the proportion in which buildings are dated at all. That does not mend it: of the
  1,340 undated buildings of Karlsruhe-Kirchfeld the odds still put four in five after 2000, since a fourth of the houses are dated and new. A census of the place and
  years of a register are what tells.
- A distance between places, by which form would count less, cannot be learnt from two places.
- Which way a building stands to its street and how far behind it was tried and is not used. Of the places with years only Karlsruhe-Kirchfeld has
  streets, so that it cannot be held out. Within it, trained and asked in halves, it takes the log loss from 0.173 to 0.170 where the other half is told
  and from 1.26 to 1.18 where none is; what such a part says of the country's tenements and estates nobody can tell from there.
- A building that a source or a mapper saw in some year (`source:date`, `survey:date`, `check_date`; in BDOT10k the date of the record) stood by then:
  later periods are excluded, and of the period of that year the part that lies before it is left.
- An estate or street whose age is known gets rows of its own in the census table (column `place`).
"""

USES = """## Uses

Trained by `scripts/train_use_odds.py` on places where at least 40 % of the buildings tell their use; their told buildings are blinded in halves.

- **Held-out half**: the other half of the place is told and trained on, with all other places.
- **Place left out**: the other half of the place is told but not trained on. The part of the hints' say was found with the other places alone.
"""


USES_READ = """What this says:

- With half of a place known, a stated 70 % is right 65 to 75 times in a hundred over all places, in Prague and in Warsaw.
- **For a place that nobody trained on the bound is not met, and no one calibration can meet it.** Of all places together a stated 70 % is right
  81 times in a hundred; by place 59 in the centre of Warsaw, 67 in Świętochłowice, 85 in Karlsruhe, 99 in Kotka, where nearly all is lived in and told as
  `residential`, and 26 in Prague, of 46 buildings. What mends one place spoils another. Parts of the hints' say above 1, which act as a temperature,
  were tried, found for each place with the others alone: they chose 1.1 to 1.2, brought the 81 to 79, and made the log loss of Warsaw (0.84 to 0.86),
  Świętochłowice (0.70 to 0.72) and Prague (0.50 to 0.55) worse. They are not used. What mends it is the place's own data: a register of uses
  (`kind = "building_uses"`).
- Where less than 40 % of the buildings tell their use there are no odds, and the rules of thumb stay with the share of which they were right.
- Delft has no told uses and is not asked.
"""

PEOPLE = """## Dwellings and residents

Centre of Warsaw, whole county package of 4,910 buildings, by the default rules:

| | dwellings | residents | low | high |
| --- | ---: | ---: | ---: | ---: |
| published (GUS 2024; dwellings not read) | 84,000 | 97,073 | | |
| with the row of the district | 86,700 | 101,000 | 81,000 | 130,000 |
| row of the district withheld: the city's flats and households | 86,700 | 151,900 | 93,200 | 195,500 |
| all rows of Warsaw withheld: the country's | 87,300 | 185,800 | 136,300 | 239,400 |

The dwellings follow from floors alone and are an independent check. **The residents with the row of the district are not**: it takes the households and the
share of dwellings that nobody lives in from the published residents themselves. By the rules of the city alone the centre would have 152,000, half more
than are registered: its dwellings hold 1.2 residents where the city's hold 1.75, since a fourth of them are not lived in and its households are the smallest. No
form of a building tells that. Where only a city's mean is known, give the total of the district or a kilometre grid (`residents`, `population_grid`).
"""


def shares(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.0f} %"


def scores(name: str) -> Iterator[str]:
    """Table of log loss and accuracy by rule."""
    table = assumptions.table(name)
    rules = list(dict.fromkeys(table["rule"]))
    yield f"| place | held out | buildings | {' | '.join(rules)} |"
    yield "| --- | --- | ---: |" + " ---: |" * len(rules)
    for (place, how), mine in table.groupby(["place", "how"], sort=False):
        by_rule = mine.set_index("rule")
        told = [
            f"{by_rule.at[rule, 'log_loss']:.2f} ({shares(by_rule.at[rule, 'accuracy'])})" if rule in by_rule.index else ""
            for rule in rules
        ]
        yield f"| {place} | {how} | {by_rule['buildings'].iloc[0]} | {' | '.join(told)} |"


def curves(name: str) -> Iterator[str]:
    """Table of what was right by what was stated, a column for each bin."""
    table = assumptions.table(name)
    bins = sorted({(low, high) for low, high in zip(table["from"], table["to"], strict=True)})
    yield f"| held out | place | {' | '.join(f'{shares(low)}–{shares(high)}' for low, high in bins)} |"
    yield "| --- | --- |" + " ---: |" * len(bins)
    for (how, place), mine in table.groupby(["how", "place"], sort=False):
        by_bin = mine.set_index(["from", "to"])
        yield f"| {how} | {place} | {' | '.join(cell(by_bin, one) for one in bins)} |"


def cell(by_bin: pd.DataFrame, one: tuple[float, float]) -> str:
    """Share that was right of the buildings of a bin."""
    return f"{shares(by_bin.at[one, 'right'])} of {by_bin.at[one, 'buildings']}" if one in by_bin.index else ""


def document() -> str:
    """The whole page."""
    lines = [HEAD, AGES, "Log loss (and how often the likeliest is right):", "", *scores("period_odds_scores"), ""]
    lines += ["How often the likeliest period was right, by what was stated for it:", "", *curves("period_odds_calibration"), "", AGES_READ]
    lines += [USES, "Log loss (and how often the likeliest is right):", "", *scores("use_odds_scores"), ""]
    lines += [
        "How often the likeliest use was right, by what was stated for it:",
        "",
        *curves("use_odds_calibration"),
        "",
        USES_READ,
        PEOPLE,
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
