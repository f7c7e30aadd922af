return hm.scenario {
  hub = "127.0.0.1",
  notebooks = { ok = hm.notebook { "nb/ok.ipynb" } },
  users = { agent = hm.user { mix = { ok = "1" }, thnik = "5s" } },
  load = {
    agents = hm.constant_users {
      user = "agent",
      user_count = 4,
      duration = 300,
    },
  },
}
