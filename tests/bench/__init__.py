"""How fast Modeldeck is, as ratios to a control in the same run: ``make bench``, or ``python -m tests.bench NAME``.

Real processes only, and Linux only: what wakes and what memory costs is read from ``/proc``.
"""
