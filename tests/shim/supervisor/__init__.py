"""Drives gantry-shim without a daemon: its wire protocol, bundles for a real OCI runtime, client streams."""
