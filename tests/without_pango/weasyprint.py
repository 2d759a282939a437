"""What importing the library for PDF comes to on a machine without Pango: pages are written and no PDF, which half a run's time goes into."""

raise OSError("cannot load library 'libpango-1.0-0'")
