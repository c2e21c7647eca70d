"""Read, write and stream event-camera data in every common format."""
