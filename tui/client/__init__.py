"""The executor's client: HTTP over a Unix socket, event feed, autostart."""
