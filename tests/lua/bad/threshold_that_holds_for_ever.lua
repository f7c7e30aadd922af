return hm.scenario {
  hub = "http://127.0.0.1:8000",
  notebooks = { ok = hm.notebook { "nb/ok.ipynb" } },
  users = { agent = hm.user { mix = { ok = 1 }, think = hm.exponential("2s") } },
  load = {
    agents = hm.constant_users { user = "agent", users = 4, duration = "5m" },
  },
  thresholds = { { "task.failed.count <= 5", hold = true } },
}
