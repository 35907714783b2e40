"""The dashboard's screens, one a file. The first place is imported at start, every other when it is first opened."""
