return hm.scenario {
  hub = "http://127.0.0.1:8000",
  users = { u = hm.user { iterate = "train" } },
  load = { l = hm.constant_users { user = "u", users = 1, duration = "1m" } },
}
