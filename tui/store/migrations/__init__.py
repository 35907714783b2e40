"""How a journal came to its present tables: one module for each version, never changed once it was released."""
