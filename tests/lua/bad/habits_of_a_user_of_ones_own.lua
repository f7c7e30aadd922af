return hm.scenario {
  hub = "http://127.0.0.1:8000",
  notebooks = { n = "nb/ok.ipynb" },
  users = { u = hm.user { iterate = function() end, habits = { stay = "5%" } } },
  load = { l = hm.constant_users { user = "u", users = 1, duration = "1m" } },
}
