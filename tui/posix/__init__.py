"""The operating system underneath: environment variables, later locks, processes and files, each written once.

The lowest layer. It imports the standard library alone, knows nothing of models or runs, and may be imported from
everywhere.
"""
