"""The words of the field as plain frozen dataclasses, and the pure rules. Imports the standard library alone."""
