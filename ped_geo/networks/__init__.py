"""
Heat networks along streets: how dense the heat is, how pipes would run, who is worth connecting and what it costs.

`density` needs no streets; `streets` makes the graph in which trenches may run; `steiner` and `prize` find trees in it; `pipes` sizes
them; `levels` compares temperatures of the water; `zones` says of each block whether a network or heat pumps serve it better.
"""
