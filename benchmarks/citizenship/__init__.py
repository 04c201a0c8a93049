"""A simulated month with 200 feeds: an origin that writes down every request, and the rules a good citizen keeps.

Start with `cast.py` (who publishes when), `origin.py` (what they answer), `rules.py` (what a poller owes them), then
`simulation.py` (our poller among them on a clock of its own). Times are seconds since `START` unless named otherwise.
"""
