"""The dashboard's widgets, one a file. Each paints from plain objects and knows no sibling."""
