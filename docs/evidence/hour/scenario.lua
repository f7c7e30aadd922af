local p = hm.params { hub = { "http://127.0.0.1:8000", kind = "url", about = "hub" }, length = { "60m", kind = "duration", about = "length" } }
return hm.scenario {
  name = "hour", hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hour-%02d", create = true } },
  notebooks = {
    montecarlo = hm.notebook { "notebooks/montecarlo.ipynb", timeout = "60s" },
    text       = hm.notebook { "notebooks/text.ipynb", timeout = "60s" },
    matrix     = hm.notebook { "notebooks/matrix.ipynb", timeout = "60s" },
  },
  users = { person = hm.user { mix = { montecarlo = 5, text = 3, matrix = 2 }, think = hm.exponential("7s"), notebooks_per_session = 20 } },
  load = { people = hm.constant_users { user = "person", users = 8, duration = p.length, together = true } },
  sampling = { host = "5s", report = "5m" }, keep = "all",
  thresholds = { "task.failed.ratio < 1%" },
}
