-- A short load for tests: each test has accounts of its own.
local p = hm.params {
  hub = { kind = "url", about = "JupyterHub to drive" },
  prefix = { "e2e", about = "beginning of the accounts' names" },
  users = { 2, min = 1, max = 20 },
  length = { "6s", kind = "duration" },
  together = { false },
}
return hm.scenario {
  name = "short",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = p.prefix .. "-%d", create = true } },
  notebooks = { tiny = hm.notebook { "notebooks/tiny.ipynb", timeout = "30s" } },
  users = { person = hm.user { mix = { tiny = 1 }, think = "100ms", notebooks_per_session = 10 } },
  load = { people = hm.constant_users { user = "person", users = p.users, duration = p.length, together = p.together, graceful_stop = "10s" } },
  sampling = { host = "1s", report = "5s" },
  keep = "all",
}
