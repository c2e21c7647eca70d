"""Event-camera drivers with register-accurate emulators."""
