"""
What the city itself owns: public buildings with their duties, and street lighting.

``ownership`` tells who is public and how that is known, ``grounds`` finds the grounds of schools, parks and the like, ``duties`` what the law asks in each year, ``lighting`` counts luminaires,
``plan`` puts the layers of the buildings together.
"""

from __future__ import annotations

from ped_geo.public.grounds import public_grounds
from ped_geo.public.lighting import street_lighting
from ped_geo.public.plan import PublicInputs, public_of

__all__ = ["PublicInputs", "public_grounds", "public_of", "street_lighting"]
