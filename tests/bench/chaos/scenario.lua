-- Users whose cells write down for themselves that they ran, for a run under which everything dies again and again.
local p = hm.params {
  hub = { kind = "url", about = "the lab's hub" },
  length = { "30m", kind = "duration", about = "how long users work" },
}
return hm.scenario {
  name = "chaos",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "chaos-%02d", create = true } },
  notebooks = {
    brief  = hm.notebook { "notebooks/brief.ipynb", timeout = "60s" },
    counts = hm.notebook { "notebooks/counts.ipynb", timeout = "60s" },
    long   = hm.notebook { "notebooks/long.ipynb", timeout = "60s" },
  },
  users = { person = hm.user { mix = { brief = 2, counts = 2, long = 1 }, think = hm.exponential("4s"), notebooks_per_session = 5 } },
  load = { people = hm.constant_users { user = "person", users = 8, duration = p.length } },
  keep = "all",
}
