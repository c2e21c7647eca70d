"""Other projects' interfaces on top of this package, so that code written for them runs here."""
