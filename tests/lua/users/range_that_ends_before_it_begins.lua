return hm.scenario {
  farm = hm.farm {
    hubs = { lab = hm.hub { url = "http://127.0.0.1:8000" } },
    nodes = { hm.node { "ms-01", role = "microserver", hub = "lab", gpus = 1 } },
  },
  notebooks = { train = "nb/ok.ipynb" },
  prometheus = { farm = hm.prometheus { "http://127.0.0.1:9090" } },
  users = {
    student = hm.user {
      iterate = function(user)
        user.run:prom("farm"):query_range("up", { start = 10, stop = 5 })
      end,
    },
  },
  load = { class = hm.constant_users { user = "student", users = 1, duration = "1m", on = "ms-01" } },
}
