"""What every room needs, and the front door."""

import os

os.environ.setdefault("PICCOLO_CONF", "server.piccolo_conf")
