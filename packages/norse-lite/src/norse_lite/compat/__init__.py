"""Other packages' module surfaces over this one, for code that exists already."""
