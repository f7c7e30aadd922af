return hm.scenario {
  hub = "http://127.0.0.1:8000",
  notebooks = { n = "nb/ok.ipynb" },
  users = { u = hm.user { mix = { n = 1 }, habits = { close_tabs = "5%" } } },
  load = { l = hm.constant_users { user = "u", users = 1, duration = "1m" } },
}
