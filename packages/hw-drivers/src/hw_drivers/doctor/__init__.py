"""What keeps a camera from working here, with one fix each."""
