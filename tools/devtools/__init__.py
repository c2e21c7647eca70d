"""What `tools/dev.py` and the noxfile share: standard library only, so that it runs anywhere."""
