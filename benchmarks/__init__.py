"""Speed as ratios: ours against a peer, in one run, by CPU time, median of three or more."""
