"""Who pays and who gains: the owner who invests, the tenants whose bills fall, the state that gives grants, the city, the heat company."""

from __future__ import annotations

import pandas as pd

from ped_geo.countries import pack
from ped_geo.errors import LayerError
from ped_geo.finance.annuity import annuity_factor
from ped_geo.finance.grants import owners
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study

__all__ = ["GRANT_GIVER", "HEAT_COMPANY", "parties"]

GRANT_GIVER = "state"
HEAT_COMPANY = "heat_company"
RATES = {
    "cooperative": "finance.discount_rate_cooperative",
    "household": "finance.discount_rate_household",
    "tenants": "finance.discount_rate_household",
    "city": "finance.discount_rate_social",
    GRANT_GIVER: "finance.discount_rate_social",
}


def _rate(party: str, study: Study) -> float:
    return study.assumed(RATES.get(party, "finance.discount_rate_cooperative"))


def parties(
    economics: pd.DataFrame,
    buildings: pd.DataFrame,
    study: Study,
    *,
    package: str,
    supply: str = "today",
    pv_economics: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Payments and gains of each party for one package and heat supply in the district, with the new PV where it is given.

    Parameters
    ----------
    economics : DataFrame
        Layer ``economics``.
    buildings : DataFrame
        Layer ``buildings``: the use decides who owns and who pays the bills (``owners.csv`` of the country).
    study : Study
        Horizon and discount rates of the parties.
    package, supply : str
        What is done.
    pv_economics : DataFrame, optional
        Layer ``pv_economics``, where PV is a part of it: the owner of the roof pays for it and has what it earns.

    Returns
    -------
    DataFrame
        Layer ``parties``, index ``entry``: owners pay the investment after grants, whoever pays the bills gains what they fall
        by, the state pays the grants. A heat company that makes its network clean pays for its plant and gains what the higher
        price of its heat brings, which those who pay the bills have lost already. ``net_a`` below zero for an owner and above for
        tenants is the split that a co-operative must settle, for example through its repair fund.

    Raises
    ------
    LayerError
        If the package with the supply is missing.

    Notes
    -----
    A party's yearly payment is the annuity of its money over the study's horizon at its own discount rate.
    """
    levels = economics.index.to_frame()
    rows = economics[((levels["package"] == package) & (levels["supply"] == supply)).to_numpy()].droplevel(["package", "supply"])
    if rows.empty:
        raise LayerError(Sentence("error.layer_economics_lacks_package_with", package=package, supply=supply))
    who = owners(buildings, study.country).reindex(rows.index)
    usual = pack(study.country).table("owners").set_index("use")
    use = buildings["use"].astype("str").reindex(rows.index)
    payer = use.map(usual["pays_bills"]).fillna(who)
    # an owner who pays the bills pays them too where a register names another owner
    payer = payer.where(payer != use.map(usual["owner"]), who)
    paid = (rows["investment"] - rows["grant"]).groupby(who.to_numpy()).sum()
    gained = rows["energy_saving_a"].groupby(payer.to_numpy()).sum()
    grant = float(rows["grant"].sum())
    if pv_economics is not None:
        roofs = pv_economics.reindex(rows.index).fillna(0.0)
        paid = paid.add((roofs["investment"] - roofs["grant"]).groupby(who.to_numpy()).sum(), fill_value=0.0)
        gained = gained.add(roofs["gain_a"].groupby(who.to_numpy()).sum(), fill_value=0.0)
        grant += float(roofs["grant"].sum())
    names = [*sorted({*paid.index, *gained.index}), GRANT_GIVER]
    once = paid.reindex(names, fill_value=0.0)
    once[GRANT_GIVER] = grant
    if rows["network_investment"].sum() > 0:
        names.append(HEAT_COMPANY)
        once[HEAT_COMPANY], gained[HEAT_COMPANY] = rows["network_investment"].sum(), rows["network_gain_a"].sum()
    table = pd.DataFrame(
        {"party": names, "variant": f"{package}/{supply}" + ("/pv" if pv_economics is not None else ""), "pays": once.to_numpy(float)}
    )
    table["pays_a"] = table["pays"] * [float(annuity_factor(_rate(name, study), study.finance.horizon_a)) for name in names]
    table["gains_a"] = gained.reindex(names, fill_value=0.0).to_numpy(float)
    table["net_a"] = table["gains_a"] - table["pays_a"]
    table.index = pd.Index(table["party"] + "/" + table["variant"], name="entry")
    return table
