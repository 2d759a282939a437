"""The version, in one place: the package's metadata, products and requests read it here."""

__version__ = "0.2.0"
