return hm.scenario {
  farm = hm.farm {
    hubs = {
      gx8 = "http://127.0.0.1:8000",
    },
    kernels_on = "gpu_server",
    nodes = {
      hm.node { "ms-01", role = "microserver", hub = "gx8" },
    },
  },
  notebooks = { ok = hm.notebook { "nb/ok.ipynb" } },
  users = { agent = hm.user { mix = { ok = 1 } } },
  load = {
    agents = hm.constant_users {
      user = "agent", users = 1, duration = "5m"
    },
  },
}
