"""The command line for event recordings: inspect, convert, filter, and draw."""
