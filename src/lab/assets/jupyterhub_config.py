"""Configuration of a hubmark lab: a real JupyterHub on loopback without accounts of the system.

Everything that differs between labs comes from `settings.json` beside this file.
"""

import asyncio
import json
import os
import sys

from jupyterhub import version_info

c = get_config()  # noqa: F821

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "settings.json"), encoding="utf-8") as file:
    lab = json.load(file)
hub = lab["hub"]

c.JupyterHub.bind_url = "http://127.0.0.1:%d%s" % (lab["public_port"], hub["base_url"])
c.JupyterHub.hub_bind_url = "http://127.0.0.1:%d" % lab["hub_port"]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:%d" % lab["proxy_api_port"]
# hubmark starts the proxy, so that hub and proxy can die apart, as they do on a cluster.
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.auth_token = lab["proxy_token"]

c.JupyterHub.db_url = "sqlite:///" + os.path.join(here, "jupyterhub.sqlite")
c.JupyterHub.cookie_secret_file = os.path.join(here, "cookie_secret")
c.SimpleLocalProcessSpawner.home_dir_template = os.path.join(here, "home", "{username}")

# With a login that asks for nothing every account of this machine could run code as the one that started the lab.
if version_info >= (5, 3):
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = lab["password"]
    c.Authenticator.allow_all = True
else:
    c.JupyterHub.authenticator_class = "dummy"
    c.DummyAuthenticator.password = lab["password"]
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.allow_named_servers = True
c.JupyterHub.cleanup_servers = hub["cleanup_servers"]
c.JupyterHub.cleanup_proxy = hub["cleanup_servers"]
# The interval at which lost proxy routes are found and made again.
c.JupyterHub.last_activity_interval = 2

# The API answers a spawn request at once, as busy hubs do.
tornado_settings = {"slow_spawn_timeout": 0, "slow_stop_timeout": 0.5}
if hub["spawn_throttle_retry_range_s"] is not None:
    # In 6.1.1 this is read from here only; as a trait it is "not recognized".
    tornado_settings["spawn_throttle_retry_range"] = tuple(hub["spawn_throttle_retry_range_s"])
c.JupyterHub.tornado_settings = tornado_settings

c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = (["--allow-root"] if os.geteuid() == 0 else []) + hub["server_args"]
c.Spawner.environment = {
    # The plain Jupyter Server starts in less than half the time of JupyterLab.
    "JUPYTERHUB_SINGLEUSER_APP": "jupyter_server.serverapp.ServerApp",
    # By this hubmark finds servers and kernels again whose hub was killed.
    "HUBMARK_LAB": lab["mark"],
    **{name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "JUPYTER_PATH") if name in os.environ},
}

for owner, trait, value in (
    (c.Spawner, "start_timeout", hub["start_timeout_s"]),
    (c.Spawner, "http_timeout", hub["http_timeout_s"]),
    (c.Spawner, "poll_interval", hub["poll_interval_s"]),
    (c.JupyterHub, "concurrent_spawn_limit", hub["concurrent_spawn_limit"]),
    (c.JupyterHub, "active_server_limit", hub["active_server_limit"]),
):
    if value is not None:
        setattr(owner, trait, value)

c.JupyterHub.services = [
    {"name": "loadgen", "api_token": lab["token"]},
    {"name": "reader", "api_token": lab["reader_token"]},
]
c.JupyterHub.load_roles = [
    {
        "name": "loadgen",
        "services": ["loadgen"],
        "scopes": [
            "admin:users",
            "admin:servers",
            "tokens",
            "access:servers",
            "read:hub",
            "read:metrics",
            "list:users",
            "proxy",
            "shutdown",
        ],
    },
    # Lets tests see what a token without rights meets.
    {"name": "reader", "services": ["reader"], "scopes": ["read:hub"]},
]


async def fault_hook(spawner):
    """Fails a spawn in the way that the body of its request asks for: `{"fault": ...}`."""
    fault = spawner.user_options.get("fault")
    if fault == "raise":
        raise RuntimeError("boom")
    if fault == "exit":
        spawner.cmd = ["/bin/sh", "-c", "exit 3"]
    elif fault == "hang":
        spawner.cmd = ["/bin/sleep", "300"]
    elif fault == "missing_command":
        spawner.cmd = ["/nonexistent/command"]
    elif isinstance(fault, (int, float)):
        await asyncio.sleep(fault)


if hub["fault_hook"]:
    c.Spawner.pre_spawn_hook = fault_hook

exec(hub["config"])
