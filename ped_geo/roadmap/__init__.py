"""
The way to 2050: what is done in which block and year, by whom and for how much, and what becomes of the emissions.

A stock of holdings (`holdings`) is led through the years (`advance`) by a scenario (`programmes`) in queues that trades and
budgets limit (`queues`); emissions follow from each year's factors (`years`), and their fall is told apart by cause (`parts`).
"""
