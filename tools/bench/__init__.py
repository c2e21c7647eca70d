"""Time our code beside named peers: same data, same run, results compared first."""
