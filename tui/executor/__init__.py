"""The daemon: the five verbs, scheduler, steps, recovery, HTTP app."""
