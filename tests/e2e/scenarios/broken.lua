-- More tasks in two seconds than any hub can do: an objective ends the run, long before its time.
local p = hm.params { hub = { kind = "url", about = "JupyterHub to drive" } }
return hm.scenario {
  name = "broken",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "broken-%d", create = true } },
  notebooks = { tiny = hm.notebook { "notebooks/tiny.ipynb", timeout = "30s" } },
  users = { person = hm.user { mix = { tiny = 1 }, think = "100ms", notebooks_per_session = 10 } },
  load = { people = hm.constant_users { user = "person", users = 2, duration = "10m", graceful_stop = "10s" } },
  thresholds = { { "task.completed.count >= 1000000 over 2s", abort = true } },
  sampling = { host = "1s", report = "5s" },
}
