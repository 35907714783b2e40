"""What models exist: provider lists, cache, prices, retirements, the shipped catalog."""
