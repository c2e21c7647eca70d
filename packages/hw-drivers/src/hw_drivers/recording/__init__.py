"""Raw recordings, and what they should be trusted for."""
