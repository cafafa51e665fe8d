"""Image Creator: the Django project, and what both of its apps stand on."""

VERSION = "0.1.0"
