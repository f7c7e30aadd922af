return hm.scenario {
  hub = hm.server { url = "http://127.0.0.1:8888", token = "file:token.txt", headers = { ["X-Trace"] = "1" } },
  notebooks = { n = "notebooks/n.ipynb" },
  users = { agent = hm.user { mix = { n = 1 } } },
  load = { all = hm.per_user_iterations { user = "agent", users = 3, iterations = 20, at_most = "1h" } },
}
