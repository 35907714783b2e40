"""One module for each wire format in which a list of models comes."""
