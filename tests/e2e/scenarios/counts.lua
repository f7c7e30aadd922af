-- Notebooks that take four seconds and say so all the time: for tests in which something dies meanwhile.
local p = hm.params { hub = { kind = "url" } }
return hm.scenario {
  name = "counts",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "counts-%d", create = true } },
  notebooks = { counts = hm.notebook { "notebooks/counts.ipynb", timeout = "60s" } },
  users = { person = hm.user { mix = { counts = 1 }, think = "100ms", notebooks_per_session = 3 } },
  load = { people = hm.constant_users { user = "person", users = 3, duration = "10m", graceful_stop = "60s" } },
  keep = "all",
}
