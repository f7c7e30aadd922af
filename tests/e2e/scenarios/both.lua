-- A hub and a plain Jupyter Server in one run.
local p = hm.params {
  hub = { kind = "url" },
  server = { kind = "url" },
  server_token = { "env:HUBMARK_SERVER_TOKEN", kind = "secret" },
}
return hm.scenario {
  name = "both",
  farm = hm.farm { hubs = {
    hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "both-%d", create = true } },
    plain = hm.server { url = p.server, token = p.server_token },
  } },
  notebooks = { tiny = hm.notebook { "notebooks/tiny.ipynb", timeout = "30s" } },
  users = { person = hm.user { mix = { tiny = 1 }, think = "100ms" } },
  load = { people = hm.per_user_iterations { user = "person", users = 2, iterations = 2 } },
  sampling = { host = "1s", report = "5s" },
}
