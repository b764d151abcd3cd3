"""The bundled demo sites, served on loopback by a thread of this process."""

from envs.sites.server import SITES, Site, open_site

__all__ = ["SITES", "Site", "open_site"]
