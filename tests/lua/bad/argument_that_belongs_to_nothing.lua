-- args: fast
local p = hm.params {
  agents = { 4, min = 1, max = 500, about = "microservers, one agent each" },
  length = { "4h", kind = "duration", about = "time at full load" },
  presets = { small = { agents = 2, length = "5m" } },
}

return hm.scenario {
  hub = "http://127.0.0.1:8000",
  notebooks = { ok = hm.notebook { "nb/ok.ipynb" } },
  users = { agent = hm.user { mix = { ok = 1 }, think = hm.exponential("2s") } },
  load = {
    agents = hm.constant_users {
      user = "agent",
      users = p.agents,
      duration = p.length,
    },
  },
}
