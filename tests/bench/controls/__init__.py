"""What the figures are compared with: the least that could do a like thing."""
