-- One notebook that takes ten minutes, to be stopped in its middle.
local p = hm.params { hub = { kind = "url" } }
return hm.scenario {
  name = "slow",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "slow-%d", create = true } },
  notebooks = { sleep = hm.notebook { "notebooks/sleep.ipynb", timeout = "20m" } },
  users = { person = hm.user { mix = { sleep = 1 } } },
  load = { people = hm.constant_users { user = "person", users = 1, duration = "10m", graceful_stop = "10m" } },
}
