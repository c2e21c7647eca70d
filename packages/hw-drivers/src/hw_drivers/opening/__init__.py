"""From a URI to an open device, however it is reached."""
