"""Modeldeck: which model will run, why that one, and was it really that one?"""

__version__ = "0.1.0"
