-- NAME: a scenario for hubmark. Try it without a hub first: hubmark simulate scenario.lua
-- A run reads the hub's API token from JUPYTERHUB_API_TOKEN.

-- Parameters are flags as well: hubmark run scenario.lua --users 8
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 2, min = 1, max = 100, about = "people working at the same time" },
  length = { "1m", kind = "duration", about = "time at full load" },
}

return hm.scenario {
  name = "NAME",
  api  = 1,
  hub  = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },

  notebooks = {
    -- `params` go into the notebook behind its cell tagged `parameters`; `expect` is for `simulate` alone.
    first = hm.notebook { "notebooks/first.ipynb", params = { count = 2000000 }, timeout = "30s", expect = "70ms" },
  },
  users = { person = hm.user { mix = { first = 1 }, think = hm.exponential("2s"), notebooks_per_session = 5 } },
  load = { people = hm.constant_users { user = "person", users = p.users, duration = p.length, together = true } },

  thresholds = { "task.duration.p95 < 2s", "task.failed.ratio < 1%" },
}
