return hm.scenario {
  hub = "http://127.0.0.1:8000",
  notebooks = { ok = hm.notebook { "nb/ok.ipynb" } },
  users = { agent = { mix = { ok = 1 } } },
  load = {
    agents = hm.constant_users { user = "agent", users = 4, duration = "5m" },
  },
}
