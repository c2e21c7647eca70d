"""From words on the command line to values and chains."""
