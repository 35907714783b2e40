"""``check``: what in a configuration, or around it, will not do what it seems to say."""
