"""The queue: rows that are work to be done, who gets the next one, and what happens when a worker dies.

The row is the truth: a message only wakes a worker, which then claims rows here. Every change is a conditional
``UPDATE … WHERE state = … AND fence = …``, so that a doubled message, a late worker or a worker given up for dead can
change nothing. The same SQL works on SQLite (WAL) and PostgreSQL. Nothing else writes ``state``.
"""
