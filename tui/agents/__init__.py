"""How each agent is started, spoken to and read; one module per agent."""
