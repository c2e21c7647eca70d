"""Words on the data endpoints: bytes to events, and events to bytes for the emulators."""
