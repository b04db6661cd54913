"""Backups: one file that holds a whole database, of whatever schema and engine, and the way back from it.

``schema`` says what a database of some migration looks like, ``rows`` reads and writes its rows, ``container`` is the
file; ``making`` and ``restoring`` go between a database and a file, ``folder`` keeps the files.
"""
