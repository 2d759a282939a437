"""Contiguous candidate districts on the graph of neighbouring blocks, why the other blocks are out, and what closes a gap."""

from ped_geo.districts.candidates import candidate_id, find_candidates
from ped_geo.districts.exclusions import exclusion_words
from ped_geo.districts.gap import Situation, gap_measures, gap_words, situations
from ped_geo.districts.ranking import failure_words, ranking

__all__ = [
    "Situation",
    "candidate_id",
    "exclusion_words",
    "failure_words",
    "find_candidates",
    "gap_measures",
    "gap_words",
    "ranking",
    "situations",
]
