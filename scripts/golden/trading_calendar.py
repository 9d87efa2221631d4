#!/usr/bin/env python3
"""Writes Tests/MarketDataTests/Golden/xnys-1990-2035.txt: weekday closings and scheduled early closings.

Needs exchange_calendars (PyPI; made with 4.13.2). One line a day: `YYYY-MM-DD closed` or `YYYY-MM-DD early`.
Run from the root of the repository.
"""

import exchange_calendars
import pandas

xnys = exchange_calendars.get_calendar("XNYS", start="1990-01-01", end="2035-12-31")
sessions = set(xnys.sessions)
early = set(xnys.early_closes)
with open("Tests/MarketDataTests/Golden/xnys-1990-2035.txt", "w") as file:
    for day in pandas.bdate_range("1990-01-01", "2035-12-31"):
        if day not in sessions:
            file.write(f"{day:%Y-%m-%d} closed\n")
        elif day in early:
            file.write(f"{day:%Y-%m-%d} early\n")
